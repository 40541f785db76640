import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { ArenaUser, type Outcome } from '../helpers/arena-command.js';

const EXAMPLE = resolve('examples/load-test');

/** A model that refuses its first two answers, and keeps what it was asked. */
class Model {
  readonly bodies: { [key: string]: unknown }[] = [];
  private server: Server | undefined;

  async start(): Promise<string> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.bodies.push(JSON.parse(Buffer.concat(chunks).toString()));
        const content = this.bodies.length <= 2 ? 'no' : 'a longer answer';
        const choices = [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }];
        const usage = { prompt_tokens: 5, completion_tokens: 5 };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ id: 'x', object: 'chat.completion', choices, usage }));
      });
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((resolve) => this.server?.close(resolve));
  }
}

const document = (kind: string, metadata: object, spec: object): string => stringify({ kind, metadata, spec });

function bundle(url: string): { [path: string]: string } {
  const turns = (content: string, check: object) => [{ role: 'user', content, assertions: [check] }];
  const long = { type: 'min_length', params: { min: 5 } };
  return {
    'bundle/config.arena.yaml': document(
      'Arena',
      { name: 'shop', namespace: 'tests', labels: { team: 'ai' }, annotations: { owner: 'ada' } },
      {
        prompt_configs: [{ id: 'main', file: 'prompt.yaml' }],
        providers: [{ file: 'alpha.yaml' }, { file: 'beta.yaml', group: 'spare' }],
        scenarios: [{ file: 'shaky.yaml' }, { file: 'other.yaml' }],
        defaults: { temperature: 1.5, top_p: 0.1, max_tokens: 5, seed: 1 },
      },
    ),
    'bundle/prompt.yaml': document(
      'PromptConfig',
      { name: 'main' },
      {
        task_type: 'main',
        system_template: 'You are {{name}} of {{city}}.',
        variables: [
          { name: 'name', required: true },
          { name: 'city', required: true },
        ],
      },
    ),
    'bundle/alpha.yaml': document(
      'Provider',
      { name: 'alpha' },
      { type: 'vllm', model: 'a', base_url: 'http://127.0.0.1:9' },
    ),
    'bundle/beta.yaml': document('Provider', { name: 'beta' }, { type: 'vllm', model: 'b', base_url: url }),
    'bundle/shaky.yaml': document(
      'Scenario',
      { name: 'shaky', labels: { team: 'shop' }, annotations: { ticket: 'T-1' } },
      {
        ...{ task_type: 'main', trials: 5, mode: 'regression', context_metadata: { session_goal: 'peace' } },
        turns: turns('hello', { ...long, pass_threshold: 0.6 }),
      },
    ),
    'bundle/other.yaml': document('Scenario', { name: 'other' }, { task_type: 'main', turns: turns('bye', long) }),
    'vars.yaml': 'name: Bob\ncity: Ghent\n',
  };
}

describe('arena run with the spellings of promptarena, sampling, an override and a threshold over trials', () => {
  const model = new Model();
  let user: ArenaUser;
  let run: Outcome;

  beforeAll(async () => {
    user = new ArenaUser();
    user.write(bundle(await model.start()));
    const line =
      'run --ci -c bundle/config.arena.yaml --formats json,junit,markdown --format csv -o OUT -j 1 --name options ' +
      '--label team=shop --override-provider alpha=beta --temperature 0.5 --top-p 0.9 --max-tokens 77 -s 42 ' +
      '--var-file vars.yaml --var name=Ann --fail-on assertion_failure,provider_error -v';
    run = await user.arena(line.split(' '));
  }, 120_000);

  afterAll(async () => {
    await model.stop();
    await user.remove();
  });

  // shows JobInput.name, Scenario.spec.trials, Scenario.spec.turns[].assertions[].pass_threshold
  test('ends well, since three of five trials are enough', () => {
    expect(run.stderr).not.toContain('error ');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('3 passed, 2 failed (2 within pass_threshold), 0 errors');
    expect(run.stdout).toContain('1 of 1 groups of trials passed, 1 is flaky');
    expect(run.stderr).not.toContain('arena retry');
    expect(run.stderr).toContain('::warning file=bundle/shaky.yaml');
    expect(user.summary('OUT')).toMatchObject({
      ...{ job: 'options', phase: 'Succeeded', reason: 'WithinThresholds' },
      counts: { total: 5, passed: 3, failed: 2, errored: 0, tolerated: 2 },
      trials: {
        groups: { total: 1, passed: 1, failed: 0, errored: 0, flaky: 1 },
        table: [{ key: 'shaky/alpha', checks: [{ threshold: 0.6, passed: 3, judged: 5, holds: true }] }],
      },
    });
  });

  // shows JobInput.parameters.temperature, JobInput.parameters.topP, JobInput.parameters.maxTokens
  // shows JobInput.parameters.seed, JobInput.variables
  test('asks with the sampling and the variables of the command line', () => {
    expect(model.bodies).toHaveLength(5);
    for (const body of model.bodies) {
      expect(body).toMatchObject({ model: 'b', temperature: 0.5, top_p: 0.9, seed: 42 });
      expect([body.max_tokens, body.max_completion_tokens]).toContain(77);
      expect(JSON.stringify(body.messages)).toContain('You are Ann of Ghent.');
    }
  });

  // shows JobInput.overrideProviders, JobInput.select.labels
  // shows Document.metadata.namespace, Document.metadata.labels, Document.metadata.annotations
  test('writes down who answered, and what the scenario says for people', () => {
    const records = user.results('OUT');
    expect(records.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5].map((trial) => `shaky/alpha/t${trial}`));
    const told = records.map(({ verdict, tolerated }) => (tolerated ? `${verdict}, tolerated` : verdict));
    expect(told.sort()).toEqual(['failed, tolerated', 'failed, tolerated', 'passed', 'passed', 'passed']);
    expect(records[0]).toMatchObject({
      ...{ provider: 'alpha', heldBy: 'beta', mode: 'regression' },
      ...{ labels: { team: 'shop' }, annotations: { ticket: 'T-1' } },
      context: { context_metadata: { session_goal: 'peace' } },
    });
    expect(user.summary('OUT').bundle).toMatchObject({
      ...{ namespace: 'tests', labels: { team: 'ai' }, annotations: { owner: 'ada' } },
    });
  });

  // shows JobInput.formats, JobInput.output.dir
  test('writes the reports that either spelling names', () => {
    for (const file of ['results.json', 'junit.xml', 'report.md', 'results.csv']) {
      expect(existsSync(join(user.folder, 'OUT', file))).toBe(true);
    }
    expect(user.read('OUT/junit.xml')).toContain('tests="5" failures="0" errors="0"');
    expect(user.read('OUT/report.md')).toContain('## Trials');
  });

  // shows JobInput.verbose
  test('says where its logs lie, which tell of every conversation', () => {
    const folder = /^logs +(\S+)$/m.exec(run.stderr)?.[1] ?? '';
    const logs = readdirSync(folder).filter((file) => file.startsWith('worker-'));
    const lines = logs.flatMap((file) => readFileSync(join(folder, file), 'utf8').split('\n'));
    expect(lines.filter((line) => line.includes('a conversation has ended'))).toHaveLength(5);
    expect(lines.join('\n')).not.toContain('a longer answer');
  });

  test('has nothing left to do for a retry of what failed', async () => {
    const { code } = await user.arena(['retry', 'options', '--failed']);
    expect(code).toBe(0);
    expect(model.bodies).toHaveLength(5);
    expect(user.summary('OUT')).toMatchObject({
      run: 'options/2',
      counts: { total: 5, passed: 3, failed: 2, reused: 5, tolerated: 2 },
    });
  }, 120_000);

  // shows JobInput.packEvals.types
  test.each([
    [['run', '-c', 'bundle', 'bundle'], 'The bundle is named twice'],
    [['run'], 'There is no bundle to run'],
    [['run', 'bundle', '--var-file', 'missing.yaml'], 'the variables cannot be read'],
    [['run', 'bundle', '--eval-types', 'contians'], 'did you mean "contains"?'],
    [['run', 'bundle', '--label', 'team=shpo'], 'no scenario has the label team=shpo, did you mean "shop"?'],
    [['plan', 'bundle', '--override-provider', 'alpah=beta'], 'did you mean "alpha"?'],
    [['validate', 'bundle', '--label', 'tema=shop'], 'did you mean "team"?'],
    [['run', 'bundle', '--rps', '5', '--weight', 'nobody=2'], '--weight: there is no scenario "nobody"'],
    [
      ['plan', 'bundle', '--rps', '5', '--threshold', 'latency_p95<3s@provider=no'],
      '--threshold: there is no provider',
    ],
  ])('%j is refused before anything runs: %s', async (args, message) => {
    const { code, stderr } = await user.arena(args);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('a load test is planned: what is sent at a rate is known, what users send is not', async () => {
    const open = await user.arena(['plan', EXAMPLE, '--rps', '10', '--duration', '1m', '--ramp-up', '0s']);
    expect(open).toMatchObject({ code: 0, stdout: expect.stringMatching(/^calls +600 at least/m) });
    const closed = await user.arena(['plan', EXAMPLE, '--users', '3', '--duration', '1m']);
    expect(closed).toMatchObject({ code: 0, stdout: expect.stringContaining('as many as are answered in time') });
  });
});
