import { runHost } from '../local/run-processes.js';
import type { CliContext } from './context.js';

/** Runs of this machine that are going on in the shared engine. */
export async function runsOnSharedEngine({ local }: CliContext): Promise<string[]> {
  const found: string[] = [];
  for (const job of await local.jobs()) {
    for (const number of await local.numbers(job)) {
      const run = `${job}/${number}`;
      if ((await runHost(local, run)) === undefined) continue;
      if ((await local.read(run))?.engine.kind === 'shared') found.push(run);
    }
  }
  return found;
}
