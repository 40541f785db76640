/** Whole jobs against a service that refuses for a while: everything passes, and no waiting counts as the service's time. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { DurableRun } from '../helpers/durable-run.js';

const LATENCY_MS = 100;
const ITEMS = 24;

/** What the service does with a call, by how many came before and when. */
type Behaviour = (before: number, nowMs: number) => { status: number; headers?: { [name: string]: string } };

interface Service {
  url: string;
  /** Calls by status. */
  statuses: { [status: number]: number };
  /** How long each good answer took, by the server's own clock, in milliseconds. */
  latencies: number[];
  /** When calls of a question came in, in milliseconds; with the status that they got. */
  arrivals: Map<string, { at: number; status: number }[]>;
}

let server: Server | undefined;
let run: DurableRun | undefined;

afterEach(async () => {
  await run?.stop();
  server?.closeAllConnections();
  await new Promise((resolve) => (server === undefined ? resolve(undefined) : server.close(resolve)));
});

const ANSWER = JSON.stringify({
  choices: [{ index: 0, message: { role: 'assistant', content: 'Here.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 3, completion_tokens: 1 },
});

async function service(behaviour: Behaviour): Promise<Service> {
  const seen: Service = { url: '', statuses: {}, latencies: [], arrivals: new Map() };
  let calls = 0;
  server = createServer((request, response) => {
    const cameAt = performance.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const question = /question \d+/.exec(Buffer.concat(chunks).toString())?.[0] ?? '';
      const { status, headers = {} } = behaviour(calls, cameAt);
      calls += 1;
      seen.statuses[status] = (seen.statuses[status] ?? 0) + 1;
      seen.arrivals.set(question, [...(seen.arrivals.get(question) ?? []), { at: cameAt, status }]);
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      if (status !== 200) {
        response.end(JSON.stringify({ error: { message: 'Not now', type: 'server_error', code: null } }));
        return;
      }
      setTimeout(() => {
        response.end(ANSWER);
        seen.latencies.push(performance.now() - cameAt);
      }, LATENCY_MS);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  seen.url = `http://127.0.0.1:${port}/v1`;
  return seen;
}

async function start(url: string): Promise<DurableRun> {
  const scenarios = Object.fromEntries(Array.from({ length: ITEMS }, (_, i) => [`s${i}`, [`question ${i}`]]));
  const providers = { model: { type: 'openai', model: 'm', base_url: url } };
  const files = arenaBundle('bundle', { providers, scenarios });
  run = await DurableRun.start({
    workers: 1,
    concurrency: 8,
    input: { maxRetries: undefined },
    writeBundle: (folder) => {
      mkdirSync(folder, { recursive: true });
      for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, '..', path), text);
    },
  });
  return run;
}

/** What every such job must show in the end. */
function expectTruth(seen: Service, durable: DurableRun): void {
  const results = durable.evidence.results();
  expect(results.map(({ verdict }) => verdict)).toEqual(results.map(() => 'passed'));
  expect(seen.statuses[200]).toBe(ITEMS);
  const own = [...seen.latencies].sort((a, b) => a - b);
  const { latency, calls } = durable.evidence.summary();
  expect(calls).toBe(ITEMS);
  expect(latency.count).toBe(ITEMS);
  const [fastest = 0, slowest = 0] = [own[0], own.at(-1)];
  // Buckets of the percentiles are a few percent wide; the client cannot be quicker than the server.
  expect(latency.p50Ms).toBeGreaterThan(fastest * 0.9);
  expect(latency.maxMs).toBeGreaterThanOrEqual(slowest * 0.9);
  expect(latency.maxMs).toBeLessThan(1500);
  for (const { messages } of results) {
    const [answer] = messages.filter(({ role }) => role === 'assistant');
    expect(answer?.latencyMs).toBeGreaterThanOrEqual(fastest * 0.9);
    expect(answer?.latencyMs).toBeLessThan(1500);
  }
}

describe('a job', () => {
  test('sits out a storm of 429s with Retry-After, and counts it as waiting', async () => {
    const seen = await service((before) =>
      before < 16 ? { status: 429, headers: { 'retry-after': '2' } } : { status: 200 },
    );
    const durable = await start(seen.url);
    const result = await durable.result();
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { total: ITEMS, passed: ITEMS, errored: 0 } });
    expectTruth(seen, durable);
    expect(seen.statuses[429]).toBe(16);
    for (const { timing, messages } of durable.evidence.results()) {
      const question = messages.find(({ role }) => role === 'user')?.content ?? '';
      const arrivals = seen.arrivals.get(question) ?? [];
      const refused = arrivals.filter(({ status }) => status === 429).length;
      // Nobody comes back before the time, and all of it is waiting.
      for (const [n, { at }] of arrivals.slice(1).entries()) {
        expect(at - (arrivals[n]?.at ?? 0)).toBeGreaterThanOrEqual(1990);
      }
      expect(timing.waitMs).toBeGreaterThanOrEqual(refused * 1990);
      expect(timing.callMs).toBeLessThan(1500 * (refused + 1));
      expect(timing.durationMs).toBeGreaterThanOrEqual(refused * 1990);
    }
  }, 120_000);

  test('goes on after its service was down for a while, and counts that as waiting', async () => {
    let downFrom: number | undefined;
    const seen = await service((before, nowMs) => {
      if (before === 8) downFrom = nowMs;
      const isDown = downFrom !== undefined && nowMs < downFrom + 3000;
      return { status: isDown ? 503 : 200 };
    });
    const durable = await start(seen.url);
    const result = await durable.result();
    expect(result).toMatchObject({ phase: 'Succeeded', counts: { total: ITEMS, passed: ITEMS, errored: 0 } });
    expectTruth(seen, durable);
    // Few calls find out that it is down, and fewer that it still is.
    expect(seen.statuses[503]).toBeGreaterThanOrEqual(1);
    expect(seen.statuses[503]).toBeLessThanOrEqual(30);
    const waits = durable.evidence.results().map(({ timing }) => timing.waitMs);
    expect(Math.max(...waits)).toBeGreaterThan(300);
    expect((await durable.evidence.recordedCalls()).twice).toEqual([]);
  }, 120_000);
});
