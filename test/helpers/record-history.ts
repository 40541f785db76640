import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/**
 * Writes a run's history for the replay tests, when ARENA_RECORD_HISTORIES names a folder. Stored histories are never
 * recorded again to turn a replay test green: they are what runs in the field look like.
 */
export async function recordHistory(shape: string, handle: WorkflowHandle): Promise<void> {
  const folder = process.env.ARENA_RECORD_HISTORIES;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${shape}.json`), historyToJSON(await handle.fetchHistory()));
}
