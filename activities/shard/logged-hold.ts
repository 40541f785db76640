import type { ActivityDeps } from '../deps.js';
import type { ShardRunOptions } from './shard-run.js';

type Hold = ShardRunOptions['hold'];

/** A line in the log for each conversation that ends: names and figures only, what was said stands in the records. */
export function loggedHold(hold: Hold, log: ActivityDeps['log'], run: string): Hold {
  return async (item, ports) => {
    const record = await hold(item, ports);
    const { id, verdict, error, calls, timing } = record;
    const failed = record.assertions.filter((check) => !check.passed).map((check) => check.type);
    log.info({ run, id, verdict, code: error?.code, failed, calls, ms: timing.durationMs }, 'a conversation has ended');
    return record;
  };
}
