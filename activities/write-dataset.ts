import { Context } from '@temporalio/activity';
import type { ConversationRecord } from '../src/core/conversation.js';
import type { DataGenSettings } from '../src/core/datagen/data-plan.js';
import { DatasetSplit } from '../src/core/datagen/dataset-split.js';
import type { DatasetPart, DatasetSummary } from '../src/core/datagen/dataset-summary.js';
import { shorten } from '../src/core/shorten.js';
import { reportFolder } from '../src/core/store-keys.js';
import { RecordMaker } from '../src/engine/datagen/record-maker.js';
import { chosenItems, keepDataset, readSelection } from '../src/io/runs/dataset-store.js';
import { RunResults } from '../src/io/runs/run-results.js';
import type { Store } from '../src/io/stores/store.js';
import { DatasetWriter } from '../src/report/dataset/dataset-writer.js';
import { dataKeys } from '../src/report/dataset/record-form.js';
import { RecordLine } from '../src/report/record-line.js';
import type { ActivityDeps } from './deps.js';
import { readPlan } from './run-plan.js';

/** Records between two heartbeats, and between two moments in which the process may do something else. */
const BEAT_RECORDS = 500;
const MAX_SAMPLES = 20;
const MAX_SAMPLE = 2000;
const MAX_ROWS = 200;

/** Writes the files of the chosen records beside the reports. Writing them again writes the same bytes. */
export async function writeDataset(deps: ActivityDeps, { run }: { run: string }): Promise<void> {
  const { store } = deps;
  const record = await readPlan(store, run);
  const selection = await readSelection(store, run);
  const { dataGen } = record.settings;
  if (dataGen === undefined || selection === undefined) throw new Error(`no records of ${run} have been chosen`);
  const folder = reportFolder(run);
  const { records } = selection.figures;
  const splitOf = new SetOf(dataGen, records, () => chosenItems(selection));
  const writer = new DatasetWriter(
    { open: (path) => store.write(`${folder}/${path}`) },
    {
      format: dataGen.format,
      keys: dataKeys(dataGen.record),
      partRecords: dataGen.partRecords,
      sets: splitOf.sets,
    },
  );
  const told = new Told(records);
  try {
    const results = await RunResults.open(store, run, selection.items);
    const maker = new RecordMaker(dataGen);
    const chosen = chosenItems(selection);
    let next = chosen.next();
    let written = 0;
    for await (const { item, line } of results.lines()) {
      if (next.done || item !== next.value) continue;
      next = chosen.next();
      const conversation = { ...RecordLine.ofLine(line).record, index: item };
      const made = maker.make(conversation);
      if (!('record' in made)) throw new Error(`item ${item} gave a record before`);
      await writer.add(splitOf.item(item), made.record);
      told.add(conversation, made.record);
      written += 1;
      if (written % BEAT_RECORDS === 0) {
        Context.current().heartbeat({ written });
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    if (written !== records) throw new Error(`${written} of ${records} chosen records were found`);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  const parts = await writer.end();
  await removeOthers(store, folder, parts);
  const { figures, reasons, duplicates } = selection;
  const { format, seed } = dataGen;
  const dataset: DatasetSummary = { ...figures, format, seed, parts, ...told.tables(), reasons, duplicates };
  await keepDataset(store, run, dataset);
}

/** Which set a conversation's record belongs to. */
class SetOf {
  readonly sets: { set: DatasetPart['set']; records: number }[];
  private readonly split: DatasetSplit | undefined;

  constructor({ validation, seed }: DataGenSettings, records: number, chosen: () => Iterable<number>) {
    this.split = validation === undefined ? undefined : new DatasetSplit(seed, validation, chosen());
    const validating = this.split?.validation;
    this.sets =
      validating === undefined
        ? [{ set: 'all', records }]
        : [
            { set: 'train', records: records - validating },
            { set: 'validation', records: validating },
          ];
  }

  item(item: number): DatasetPart['set'] {
    if (this.split === undefined) return 'all';
    return this.split.isValidation(item) ? 'validation' : 'train';
  }
}

/** What the summary tells of the records. */
class Told {
  private readonly scenarios = new Map<string, number>();
  private readonly providers = new Map<string, number>();
  private readonly samples: string[] = [];
  private seen = 0;

  constructor(private readonly records: number) {}

  add({ scenario, provider }: ConversationRecord, record: object): void {
    this.scenarios.set(scenario, (this.scenarios.get(scenario) ?? 0) + 1);
    this.providers.set(provider, (this.providers.get(provider) ?? 0) + 1);
    // Spread evenly over the set.
    const due = Math.floor((this.samples.length * this.records) / MAX_SAMPLES);
    if (this.seen >= due && this.samples.length < MAX_SAMPLES) {
      this.samples.push(shorten(JSON.stringify(record), MAX_SAMPLE));
    }
    this.seen += 1;
  }

  tables(): Pick<DatasetSummary, 'scenarios' | 'providers' | 'samples'> {
    return { scenarios: rowsOf(this.scenarios), providers: rowsOf(this.providers), samples: this.samples };
  }
}

function rowsOf(counts: ReadonlyMap<string, number>): { key: string; records: number }[] {
  const rows = [...counts].map(([key, records]) => ({ key, records }));
  return rows.sort((a, b) => b.records - a.records || (a.key < b.key ? -1 : 1)).slice(0, MAX_ROWS);
}

/** Files that an earlier choice of records left, when the run was reset. */
async function removeOthers(store: Store, folder: string, parts: readonly DatasetPart[]): Promise<void> {
  const own = new Set(parts.map(({ path }) => `${folder}/${path}`));
  for (const { key } of await store.list(folder)) {
    const path = key.slice(folder.length + 1);
    const isData = path.startsWith('dataset/') || path.startsWith('dataset.');
    if (isData && !own.has(key)) await store.delete(key);
  }
}
