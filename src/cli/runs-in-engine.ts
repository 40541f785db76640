import { runHost } from '../local/run-processes.js';
import type { CliContext } from './context.js';

/** Runs of this machine that are going on in the engine of this folder. */
export async function runsInEngine({ local }: CliContext, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const job of await local.jobs()) {
    for (const number of await local.numbers(job)) {
      const run = `${job}/${number}`;
      if ((await runHost(local, run)) === undefined) continue;
      const record = await local.read(run);
      if (record !== undefined && record.engine.kind !== 'external' && local.engineFolder(record) === folder)
        found.push(run);
    }
  }
  return found;
}
