/** Runs a bundle as a user does: a job, a Temporal workflow, worker processes, and the records from its report. */
import { createReadStream } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { ConversationRecord } from '../src/core/conversation.js';
import { ArenaError } from '../src/core/errors.js';
import type { JobResult } from '../src/core/run.js';
import type { JobInput } from '../src/schema/job.js';
import type { RunArguments } from './command.js';
import { type DurableArena, WORKERS } from './durable-arena.js';
import type { Runner } from './runner.js';

/**
 * `killIn`: folder of a bundle whose run loses a worker, by SIGKILL, while it runs. A run that ends before a worker
 * could be killed proves nothing, so it throws.
 */
export function throughWorkflow(arena: DurableArena, killIn: string | undefined, say: (line: string) => void): Runner {
  let runs = 0;
  return async (arenaFile, args) => {
    runs += 1;
    const run = await arena.client.start(jobInput(arenaFile, args), { id: `conformance/${runs}`, mustBeNew: true });
    const kill = killIn !== undefined && dirname(arenaFile) === resolve(killIn);
    try {
      const [result, killed] = await Promise.all([run.result(), kill ? arena.killWorkerOf(run.id) : undefined]);
      if (kill && killed === undefined) throw new Error('the run had ended before a worker could be killed');
      if (killed !== undefined) say(`killed worker ${killed} in the middle of ${killIn}`);
      return { records: await recordsOf(result) };
    } catch (error) {
      if (error instanceof ArenaError && error.code !== 'internal') return { records: [], refused: error.message };
      throw error;
    }
  };
}

function jobInput(arenaFile: string, args: RunArguments): JobInput {
  const { mockProvider, mockConfig, scenarios, providers, regions, evals, maxTokens } = args;
  return {
    bundle: { path: arenaFile },
    select: { scenarios: some(scenarios), providers: some(providers), evals: some(evals) },
    parameters: { maxTokens },
    regions: some(regions),
    mockProvider,
    mockConfig,
    // The reference reports the first trial only.
    trials: 1,
    workers: WORKERS,
    formats: [],
  };
}

/** The reference takes an option without values for one that was not given. */
function some(values: string[]): string[] | undefined {
  return values.length === 0 ? undefined : values;
}

async function recordsOf({ reports, reportUrl }: JobResult): Promise<ConversationRecord[]> {
  const records: ConversationRecord[] = [];
  for (const { path } of reports.filter(({ format }) => format === 'jsonl')) {
    const lines = createInterface({ input: createReadStream(join(reportUrl, path)) });
    for await (const line of lines) records.push(JSON.parse(line));
  }
  return records;
}
