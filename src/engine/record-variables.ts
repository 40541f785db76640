/** Template variables that differ from one generated record to the next. */
import type { Bundle } from '../bundle/bundle.js';
import type { JsonValue } from '../core/conversation.js';
import type { PlanItem } from '../core/plan.js';

const SEED = 'record_seed';
const NUMBER = 'record_number';

type JsonMap = { readonly [name: string]: JsonValue };

/** Beside them stand what the job says: a value that it gives itself beats the record's. */
export function recordVariables({ seed, index }: Pick<PlanItem, 'seed' | 'index'>): { [name: string]: JsonValue } {
  return seed === undefined ? {} : { [SEED]: String(seed), [NUMBER]: String(index + 1) };
}

/** Whether a text of the bundle, or a value of the job, asks for one of them: each record is then prepared anew. */
export function asksForRecord({ files }: Bundle, runtime: JsonMap): boolean {
  const texts = [SEED, NUMBER].map((name) => `{{${name}}}`);
  const given = JSON.stringify(runtime);
  if (texts.some((text) => given.includes(text))) return true;
  return [...files.values()].some((bytes) => {
    const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    return texts.some((text) => file.includes(text));
  });
}
