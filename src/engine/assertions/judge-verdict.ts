/** What a judge, or a service in its place, answered: `{passed, score, reasoning}` somewhere in a text. */
import type { JsonValue } from '../../core/conversation.js';
import { isNestedDeeper, MAX_NESTING } from '../../core/nesting.js';
import { shorten } from '../../core/shorten.js';
import { isObject } from '../json.js';

/** Reasons go into every record and report. */
const MAX_REASONING = 2000;

/** No verdict is as long; whoever answers so is not read. */
const MAX_ANSWER = 1024 * 1024;

export interface JudgeVerdict {
  /** 0..1 where the judge keeps to what it was asked; taken as it is. */
  score: number;
  /** The judge's own yes or no, which decides only where it gave no score. */
  passed?: boolean;
  reasoning: string;
}

/**
 * From the first `{` to the last `}`; undefined when that is no verdict. Without a score `passed` is one, and without
 * either the score is 0.
 */
export function readVerdict(answer: string): JudgeVerdict | undefined {
  if (answer.length > MAX_ANSWER) return undefined;
  const found = objectIn(answer);
  if (found === undefined) return undefined;
  const score = fieldOf(found, 'score');
  const passed = fieldOf(found, 'passed');
  const reasoning = fieldOf(found, 'reasoning');
  if (score !== undefined && !(typeof score === 'number' && Number.isFinite(score))) return undefined;
  if (passed !== undefined && typeof passed !== 'boolean') return undefined;
  const verdict: JudgeVerdict = { score: score ?? (passed === true ? 1 : 0), reasoning: reasonOf(reasoning) };
  if (passed !== undefined) verdict.passed = passed;
  if (verdict.reasoning !== '') return verdict;
  const why = score === undefined && passed === undefined ? 'the answer holds neither score nor passed' : '';
  return { ...verdict, reasoning: why || `scored ${verdict.score} without a reason` };
}

function objectIn(answer: string): { [key: string]: JsonValue } | undefined {
  const start = answer.indexOf('{');
  const end = answer.lastIndexOf('}');
  if (start < 0 || end < start) return undefined;
  try {
    const value: unknown = JSON.parse(answer.slice(start, end + 1));
    return isObject(value) && !isNestedDeeper(value, MAX_NESTING) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Models write Score as readily as score. Null is no value. */
function fieldOf(found: { [key: string]: JsonValue }, name: string): JsonValue | undefined {
  const key = Object.hasOwn(found, name) ? name : Object.keys(found).find((one) => one.toLowerCase() === name);
  return key === undefined ? undefined : (found[key] ?? undefined);
}

function reasonOf(written: JsonValue | undefined): string {
  if (written === undefined) return '';
  return shorten(typeof written === 'string' ? written.trim() : JSON.stringify(written), MAX_REASONING);
}
