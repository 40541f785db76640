import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { TemporalEngine } from '../../k8s/controller/engine/temporal-engine.js';
import { WorkflowNews } from '../../k8s/controller/engine/workflow-news.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { ArenaUser, type RunningCommand } from '../helpers/arena-command.js';
import { composeConfig, composeEnv } from '../helpers/kube/compose.js';
import { ComposedTemporal } from '../helpers/kube/composed-temporal.js';
import { writeMockBundle } from '../helpers/mock-bundle.js';
import { waitFor } from '../helpers/wait-for.js';

const compose = readFileSync('docker-compose.yml', 'utf8');

describe('docker-compose.yml, read as docker compose reads it', () => {
  test('is in order with the keys that the script writes', async () => {
    const { services, configs } = await composeConfig(compose, await composeEnv());
    expect(Object.keys(services).sort()).toEqual([
      ...['arena', 'postgres', 's3', 's3-bucket', 'temporal', 'temporal-schema', 'temporal-setup', 'temporal-ui'],
      'worker',
    ]);
    expect(JSON.stringify(services)).not.toContain('${');
    expect(configs['temporal-dynamic-config']?.content).toContain('system.enableActivityEagerExecution');
  });

  test('says without them which script writes them', async () => {
    const refused = composeConfig(compose);
    for (const name of ['POSTGRES_PASSWORD', 'S3_ACCESS_KEY', 'S3_SECRET_KEY']) {
      await expect(refused).rejects.toThrow(`${name} is missing a value: run node scripts/write-compose-env.mjs`);
    }
  });

  // What the test above is worth: the schema and the checks behind it are those of docker compose.
  test.each([
    ['an unknown key', '    read_only: true', '    readonly: true', 'readonly'],
    ['a value of another form', 'retries: 40', 'retries: [40]', 'retries'],
    ['a span that is none', 'interval: 15s', 'interval: often', 'interval'],
    ['an unknown condition', '{ condition: service_healthy }', '{ condition: service_well }', 'condition'],
    ['a service that is not there', 'temporal-setup: {', 'temporal-set: {', 'temporal-set'],
    ['a volume that is not there', 'volumes: [s3:/data]', 'volumes: [s4:/data]', 's4'],
    ['a configuration that is not there', 'source: temporal-dynamic', 'source: dynamic', 'dynamic-config'],
  ])('would be refused with %s', async (_, from, to, told) => {
    const changed = compose.replace('interval: 3s', 'interval: 15s').replace(from, to);
    expect(changed).toContain(to);
    await expect(composeConfig(changed, await composeEnv())).rejects.toThrow(told);
  });
});

describe('Temporal on Postgres, as composed', () => {
  /** 2 providers x 6 scenarios x 3 turns at 2 in flight. */
  const ITEMS = 12;
  const user = new ArenaUser();
  let temporal: ComposedTemporal;
  let model: MockServer;
  let worker: RunningCommand;
  let client: Client;
  let env: { [name: string]: string };

  beforeAll(async () => {
    [temporal, model] = await Promise.all([
      composeEnv().then(async (keys) => ComposedTemporal.start(await composeConfig(compose, keys))),
      startMockServer({ latencyMs: 250 }),
    ]);
    writeMockBundle({ folder: user.folder, baseUrl: model.url, scenarios: 6, providers: 2 });
    env = { TEMPORAL_ADDRESS: temporal.address, TEMPORAL_NAMESPACE: 'default', OPENAI_API_KEY: 'any' };
    worker = user.start(['worker'], env);
    client = new Client({ connection: await Connection.connect({ address: temporal.address }) });
  }, 180_000);
  afterAll(async () => {
    worker?.signal('SIGKILL');
    await user.remove();
    await client?.connection.close();
    await temporal?.stop();
    await model?.close();
  }, 120_000);

  const found = async (query: string): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
    return ids;
  };

  test('is set up, and stays as it is when the same is done again', async () => {
    const checks = await user.arena(['doctor', '--output', 'json'], env);
    expect(checks.stdout).toContain('reached, search attributes are registered');
    await temporal.script('temporal-schema', 1);
    await temporal.script('temporal-setup', 1);
  }, 120_000);

  test('loses nothing of a run when it is killed and started again', async () => {
    const run = user.start(['run', 'bundle', '--concurrency', '2', '--name', 'kept'], env);
    await waitFor('calls', () => model.stats().calls >= 6 || undefined, 90_000);
    await temporal.killServer();
    await temporal.startServer();
    const { code, stdout, stderr } = await run.ended;
    expect([code, stdout, stderr]).toEqual([0, expect.stringContaining(`${ITEMS} passed`), expect.any(String)]);
    expect(new Set(user.results().map(({ id }) => id)).size).toBe(ITEMS);
    // What was in flight may be asked again.
    expect(model.stats().repeats).toBeLessThanOrEqual(2);
  }, 180_000);

  test('finds runs by job, type, phase and bundle', async () => {
    const { bundle } = user.summary();
    for (const query of [
      "ArenaJob = 'kept'",
      "ArenaPhase = 'Succeeded' AND ArenaType = 'evaluation'",
      `ArenaBundle = '${bundle.digest}' AND WorkflowType = 'arenaJob'`,
      "ArenaJob STARTS_WITH 'ke'",
    ]) {
      await waitFor(query, async () => ((await found(query)).join() === 'kept/1' ? true : undefined));
    }
    expect(await found("ArenaPhase = 'Failed'")).toEqual([]);
  }, 120_000);

  test('tells a controller what runs have started and ended, and which of them a Schedule has started', async () => {
    const owner = { kind: 'ArenaJob' as const, namespace: 'team', name: 'nightly', uid: '0123456789ab' };
    const engine = new TemporalEngine(client, 'arena');
    const heard: string[] = [];
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
    const news = new WorkflowNews(client, { now: Date.now, log }, ({ name }) => heard.push(name));
    const hear = (count: number) =>
      waitFor(`${count} news`, async () => {
        await news.look();
        return heard.length === count ? true : undefined;
      });
    const path = resolve(join(user.folder, 'bundle'));
    await engine.ensureSchedule({
      ...{ id: 'arena-job/nightly', every: { cron: '30 2 * * *', timezone: 'Asia/Tokyo' }, overlap: 'SKIP' },
      paused: false,
      action: {
        ...{ workflow: 'arenaJob', id: 'team/nightly/01234567/s', args: [{ bundle: { path }, concurrency: 1 }] },
        ...{ memo: { arena: owner }, summary: 'evaluation team/nightly' },
      },
    });
    await engine.triggerSchedule('arena-job/nightly');
    const [id = ''] = await waitFor('the firing', async () => {
      const runs = (await engine.schedule('arena-job/nightly'))?.running ?? [];
      return runs.length === 1 ? runs : undefined;
    });
    await hear(1);
    await waitFor('calls', async () => ((await engine.progress(id))?.stage === 'running' ? true : undefined));
    await engine.cancel(id);
    await hear(2);
    expect(await engine.state(id)).toMatchObject({ open: false, how: 'completed', result: { phase: 'Cancelled' } });
    expect((await engine.schedule('arena-job/nightly'))?.running).toEqual([]);
    expect(heard).toEqual(['nightly', 'nightly']);
  }, 120_000);
});
