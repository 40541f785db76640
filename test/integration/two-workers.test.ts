import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { ArenaUser, type RunningCommand } from '../helpers/arena-command.js';
import { writeMockBundle } from '../helpers/mock-bundle.js';

/** An engine that stays up, so that the history can be read when the run is over. */
describe('arena run --workers 2', () => {
  let user: ArenaUser;
  let server: MockServer;
  let dev: RunningCommand;

  beforeAll(async () => {
    user = new ArenaUser();
    server = await startMockServer({ latencyMs: 100 });
    writeMockBundle({ folder: user.folder, baseUrl: server.url, scenarios: 20, providers: 5 });
    dev = user.start(['dev']);
    await dev.says(/stays up until Ctrl-C/);
  }, 120_000);

  afterAll(async () => {
    dev.signal('SIGINT');
    await dev.ended;
    await user.nothingRuns();
    await server.close();
    await user.remove();
  }, 120_000);

  /** Identities of the worker processes that took shards of a run. */
  async function shardWorkers(run: string): Promise<string[]> {
    const address = (await dev.says(/TEMPORAL_ADDRESS=(\S+)/))[1];
    const connection = await Connection.connect({ address });
    const { events = [] } = await new Client({ connection }).workflow.getHandle(run).fetchHistory();
    await connection.close();
    const shards = events?.filter(
      ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'runShard',
    );
    const ids = new Set(shards?.map(({ eventId }) => String(eventId)));
    const starts = events?.map(({ activityTaskStartedEventAttributes: started }) => started) ?? [];
    return starts.flatMap((start) => (ids.has(String(start?.scheduledEventId)) ? [start?.identity ?? ''] : []));
  }

  test('gives shards to both and never has more calls in flight than --concurrency', async () => {
    const { code } = await user.arena(['run', 'bundle', '--workers', '2', '--concurrency', '20', '--name', 'pair']);
    expect(code).toBe(0);
    expect(server.stats()).toMatchObject({ calls: 300, repeats: 0, byStatus: { 200: 300 } });
    expect(server.stats().peakInFlight).toBeLessThanOrEqual(20);
    expect(server.stats().peakInFlight).toBeGreaterThan(10);
    expect(new Set(await shardWorkers('pair/1')).size).toBe(2);
  }, 120_000);
});
