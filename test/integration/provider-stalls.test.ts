/** Calls of a process that stands still for a while, as all do where processors are short. */
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from '@jest/globals';
import { ask, open, provider } from '../helpers/openai-calls.js';

const threads: Worker[] = [];
afterEach(async () => {
  for (const thread of threads.splice(0)) await thread.terminate();
});

/** A server in a thread of its own: it goes on while this one stands still. `pieces`: each with the time before it. */
async function server(
  contentType: string,
  pieces: { afterMs: number; text: string }[],
): Promise<{ url: string; asked: Promise<void> }> {
  const program = `
    const { parentPort, workerData: { contentType, pieces } } = require('node:worker_threads');
    const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    const server = require('node:http').createServer(async (request, response) => {
      request.resume();
      parentPort.postMessage('asked');
      response.writeHead(200, { 'content-type': contentType });
      for (const { afterMs, text } of pieces) {
        await pause(afterMs);
        response.write(text);
      }
      response.end();
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;
  const thread = new Worker(program, { eval: true, workerData: { contentType, pieces } });
  threads.push(thread);
  const message = () => new Promise<unknown>((resolve) => thread.once('message', resolve));
  const port = await message();
  return { url: `http://127.0.0.1:${port}/v1`, asked: message().then(() => undefined) };
}

/** Nothing at all happens in this thread; what it does then begins with its timers. */
async function standStill(ms: number): Promise<void> {
  await immediate();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('what came while this process stood still counts, also behind the end of a stream', async () => {
  const end = JSON.stringify({ choices: [{ delta: { content: 'whole' }, finish_reason: 'stop' }] });
  const usage = JSON.stringify({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } });
  const { url, asked } = await server('text/event-stream', [
    { afterMs: 0, text: `data: ${end}\n\n` },
    { afterMs: 300, text: `data: ${usage}\n\ndata: [DONE]\n\n` },
  ]);
  const answer = provider(url).complete(ask('x', { stream: true }), open);
  await asked;
  await sleep(150);
  await standStill(1000);
  expect(await answer).toMatchObject({ content: 'whole', usage: { inputTokens: 3, outputTokens: 2 } });
});

test('an answer that came in time is read when the process goes on after its time limit', async () => {
  const text = JSON.stringify({ choices: [{ message: { content: 'in time' }, finish_reason: 'stop' }] });
  const { url, asked } = await server('application/json', [{ afterMs: 300, text }]);
  const answer = provider(url, { request_timeout: '1s' }).complete(ask(), open);
  await asked;
  await sleep(100);
  await standStill(1500);
  expect(await answer).toMatchObject({ content: 'in time' });
});
