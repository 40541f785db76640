import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { Failure } from '../../src/core/errors.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { arenaBundle } from '../helpers/arena-bundle.js';
import { ArenaUser, type RunningCommand } from '../helpers/arena-command.js';

const run = promisify(execFile);

/** A record without what differs between two runs of the same bundle. */
function timeless({ timing: _, messages, ...rest }: ConversationRecord) {
  return { ...rest, messages: messages.map(({ latencyMs: __, ...message }) => message) };
}

describe('a run that is started by the temporal command with a JSON file', () => {
  let user: ArenaUser;
  let server: MockServer;
  let dev: RunningCommand;
  let address: string;
  let queue: string;

  beforeAll(async () => {
    user = new ArenaUser();
    server = await startMockServer({ script: { answers: [{ when: { user: 'bad' }, answer: { text: 'no' } }] } });
    const providers = { one: provider(), two: provider() };
    const scenarios = { good: ['hello', 'and more'], bad: ['bad'] };
    const assertions = [{ type: 'min_length', params: { min: 5 } }];
    user.write(arenaBundle('bundle', { providers, scenarios, assertions }));
    dev = user.start(['dev']);
    address = (await dev.says(/TEMPORAL_ADDRESS=(\S+)/))[1] ?? '';
    queue = (await dev.says(/ARENA_TASK_QUEUE=(\S+)/))[1] ?? '';
    await dev.says(/stays up until Ctrl-C/);
  }, 120_000);

  afterAll(async () => {
    dev.signal('SIGINT');
    expect(await dev.ended).toMatchObject({ code: 0 });
    await user.nothingRuns();
    await server.close();
    await user.remove();
  }, 120_000);

  const provider = () => ({ type: 'openai', model: 'm', base_url: server.url });

  /** A command of `temporal` on its own; gives its output, whatever its exit code. */
  async function temporal(...args: string[]): Promise<string> {
    const binary = process.env.ARENA_TEMPORAL_BIN ?? 'temporal';
    const { PATH = '' } = process.env;
    const options = { cwd: user.folder, env: { PATH, HOME: user.folder } };
    const connection = ['--address', address, '--disable-config-env', '--disable-config-file'];
    return run(binary, [...args, ...connection], options).then(
      ({ stdout }) => stdout,
      ({ stdout, stderr }: { stdout: string; stderr: string }) => `${stdout}${stderr}`,
    );
  }

  async function start(id: string, input: object): Promise<void> {
    user.write({ [`${id}.json`]: JSON.stringify(input) });
    const job = ['--type', 'arenaJob', '--task-queue', queue, '--workflow-id', `${id}/1`, '--input-file', `${id}.json`];
    expect(await temporal('workflow', 'start', ...job)).toContain(`${id}/1`);
  }

  /** The failure that a workflow ended with, in our own terms. */
  async function failureOf(workflow: string): Promise<Failure> {
    const text = await temporal('workflow', 'result', '--workflow-id', workflow, '--output', 'json');
    // A line of the command's own log follows.
    const { status, closeEvent } = JSON.parse(text.slice(0, text.lastIndexOf('}') + 1));
    expect(status).toBe('FAILED');
    const { failure } = closeEvent.workflowExecutionFailedEventAttributes;
    expect(failure.message).toContain(failure.applicationFailureInfo.details[0].message);
    return failure.applicationFailureInfo.details[0];
  }

  // shows JobInput.bundle.path
  test('gives the same records as arena run, and its result can be read with the temporal command', async () => {
    await start('by-json', {
      bundle: { path: join(user.folder, 'bundle') },
      formats: ['junit'],
      output: { dir: join(user.folder, 'from-json') },
    });
    const result = JSON.parse(await temporal('workflow', 'result', '--workflow-id', 'by-json/1', '--output', 'json'));
    expect(result).toMatchObject({
      status: 'COMPLETED',
      result: { run: 'by-json/1', phase: 'Failed', reason: 'AssertionsFailed', counts: { passed: 2, failed: 2 } },
    });
    const progress = await temporal('workflow', 'query', '--workflow-id', 'by-json/1', '--type', 'progress');
    expect(progress).toContain('"Failed"');

    const command = await user.arena(['run', 'bundle', '-o', 'from-run', '--formats', 'junit']);
    expect(command.code).toBe(3);
    expect(user.results('from-json').map(timeless)).toEqual(user.results('from-run').map(timeless));
    expect(user.read('from-json/junit.xml').match(/<failure/g)).toHaveLength(2);
    expect(user.results('from-json')).toHaveLength(4);
    expect(await temporal('workflow', 'show', '--workflow-id', 'by-json/1')).toContain('WorkflowExecutionCompleted');
  }, 120_000);

  test('fails with one message that lists all faults when the JSON is wrong', async () => {
    await start('wrong', { bundel: { path: 'x' }, trials: 0, formats: ['pdf'] });
    const { code, hint, message } = await failureOf('wrong/1');
    expect({ code, hint }).toEqual({ code: 'invalid_input', hint: 'arena schema job prints what it may hold' });
    for (const fault of ['did you mean "bundle"?', 'bundle is required', 'trials must be at least 1', 'formats[0]'])
      expect(message).toContain(fault);
  }, 120_000);

  test('fails with the faults of the bundle when that is wrong', async () => {
    const files = arenaBundle('faulty', { providers: { one: provider() }, scenarios: { good: ['hello'] } });
    const scenario = (files['faulty/scenario-good.yaml'] ?? '').replace('content:', 'contnet:');
    user.write({ ...files, 'faulty/scenario-good.yaml': scenario });
    await start('faulty', { bundle: { path: join(user.folder, 'faulty') } });
    expect((await failureOf('faulty/1')).message).toContain(
      'scenario-good.yaml:8:7 unknown key "contnet" in spec.turns[0], did you mean "content"?',
    );
    await start('nowhere', { bundle: { path: '/does/not/exist' } });
    expect(await failureOf('nowhere/1')).toMatchObject({
      code: 'invalid_input',
      message: expect.stringContaining('/does/not/exist'),
    });
  }, 120_000);
});
