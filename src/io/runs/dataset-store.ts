/** What is kept of a set of generated records beside its files. */
import type { DatasetFigures, DatasetSummary } from '../../core/datagen/dataset-summary.js';
import { datasetKey, recordsKey } from '../../core/store-keys.js';
import type { Store } from '../stores/store.js';
import { readJson } from '../stores/stored-json.js';

/** Which conversations are the records. */
export interface StoredSelection {
  schemaVersion: 1;
  /** Conversations that it was chosen from: those of a lower number. */
  items: number;
  figures: DatasetFigures;
  reasons: DatasetSummary['reasons'];
  duplicates: DatasetSummary['duplicates'];
  /** Base64 of a bit for each conversation, the lowest first. */
  chosen: string;
}

export function readSelection(store: Store, run: string): Promise<StoredSelection | undefined> {
  return readJson<StoredSelection>(store, recordsKey(run));
}

export async function keepSelection(store: Store, run: string, selection: StoredSelection): Promise<void> {
  await store.put(recordsKey(run), Buffer.from(JSON.stringify(selection)));
}

/** Numbers of the conversations that were chosen, in their order. */
export function* chosenItems({ chosen, items }: Pick<StoredSelection, 'chosen' | 'items'>): Generator<number> {
  const bits = Buffer.from(chosen, 'base64');
  for (let item = 0; item < items; item += 1) if (((bits[item >> 3] ?? 0) >> (item & 7)) & 1) yield item;
}

export function readDataset(store: Store, run: string): Promise<DatasetSummary | undefined> {
  return readJson<DatasetSummary>(store, datasetKey(run));
}

export async function keepDataset(store: Store, run: string, dataset: DatasetSummary): Promise<void> {
  await store.put(datasetKey(run), Buffer.from(JSON.stringify(dataset)));
}
