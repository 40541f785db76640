import { Context } from '@temporalio/activity';
import type { DatasetFigures } from '../src/core/datagen/dataset-summary.js';
import { nextRound, type Yield } from '../src/core/datagen/next-round.js';
import { planKey } from '../src/core/store-keys.js';
import { RecordSelection } from '../src/engine/datagen/record-selection.js';
import { keepSelection } from '../src/io/runs/dataset-store.js';
import { RunResults } from '../src/io/runs/run-results.js';
import { RecordLine } from '../src/report/record-line.js';
import type { ActivityDeps } from './deps.js';
import { readPlan } from './run-plan.js';

export interface SelectRecordsInput {
  run: string;
  /** Conversations planned so far. */
  items: number;
  /** Rounds so far. */
  rounds: number;
  /** How it stood before the last round. */
  before?: Yield;
  /** No further round may begin. */
  last: boolean;
}

export interface SelectedRecords {
  figures: DatasetFigures;
  /** Conversations of the next round, which the plan then holds; 0 = the set is whole, or no more can be done. */
  further: number;
}

/** Records between two heartbeats, and between two moments in which the process may do something else. */
const BEAT_RECORDS = 500;

/**
 * Chooses the records among all conversations that have been held, in the order of their numbers, and plans those that
 * are still needed. Choosing again changes nothing.
 */
export async function selectRecords(deps: ActivityDeps, request: SelectRecordsInput): Promise<SelectedRecords> {
  const { run, items, rounds, before, last } = request;
  const record = await readPlan(deps.store, run);
  const { dataGen } = record.settings;
  const { plan } = record;
  if (dataGen === undefined || plan.dataGen === undefined) throw new Error(`${run} generates no data`);
  const results = await RunResults.open(deps.store, run, items);
  const read = async (item: number) => {
    const line = await results.line(item);
    if (line === undefined) throw new Error(`the record of item ${item} has gone`);
    return RecordLine.ofLine(line).record;
  };
  const selection = new RecordSelection(dataGen, items, read);
  let seen = 0;
  for await (const { item, line } of results.lines()) {
    await selection.add({ ...RecordLine.ofLine(line).record, index: item });
    seen += 1;
    if (seen % BEAT_RECORDS === 0) {
      Context.current().heartbeat({ selected: seen });
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  const { records, left, reasons, duplicates } = selection;
  const figures: DatasetFigures = { count: dataGen.count, records, left, rounds };
  const chosen = Buffer.from(selection.chosen).toString('base64');
  await keepSelection(deps.store, run, { schemaVersion: 1, items, figures, reasons, duplicates, chosen });
  const further = last ? 0 : nextRound(dataGen.count, plan.dataGen.limit, { items, records }, before);
  // From the number that was asked about, so that a second attempt does not add a second time.
  plan.dataGen.items = items + further;
  if (further > 0) await deps.store.put(planKey(run), Buffer.from(JSON.stringify(record)));
  return { figures, further };
}
