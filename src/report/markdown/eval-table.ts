import type { ConversationRecord } from '../../core/conversation.js';
import { formatCount, formatRate } from '../figures.js';
import { codeSpan, table } from './markdown-text.js';

const MAX_EVALS = 200;

interface Sums {
  passed: number;
  judged: number;
  skipped: number;
  scores: number;
  scored: number;
}

/** Sums up the evals of prompts and bundle over the records of a run: one row an eval. */
export class EvalTable {
  private readonly rows = new Map<string, Sums>();
  private omitted = false;

  add({ evals = [] }: ConversationRecord): void {
    for (const { evalId, type, passed, skipped, score } of evals) {
      const key = evalId ?? type;
      let sums = this.rows.get(key);
      if (sums === undefined) {
        if (this.rows.size >= MAX_EVALS) {
          this.omitted = true;
          continue;
        }
        sums = { passed: 0, judged: 0, skipped: 0, scores: 0, scored: 0 };
        this.rows.set(key, sums);
      }
      if (skipped) {
        sums.skipped += 1;
        continue;
      }
      sums.judged += 1;
      if (passed) sums.passed += 1;
      if (score === undefined) continue;
      sums.scores += score;
      sums.scored += 1;
    }
  }

  /** Undefined where there were none. */
  section(): string | undefined {
    if (this.rows.size === 0) return undefined;
    const rows = [...this.rows].map(([key, { passed, judged, skipped, scores, scored }]) => [
      codeSpan(key),
      `${formatCount(passed)}/${formatCount(judged)} (${formatRate(passed, judged)})`,
      scored === 0 ? '–' : String(Math.round((scores / scored) * 1000) / 1000),
      formatCount(skipped),
    ]);
    const note = this.omitted ? '\nMore of them stand in results.jsonl.\n' : '';
    const body = table(['Eval', 'Passed', 'Mean score', 'Skipped'], rows);
    return `## Evals\n\nThey are reported and decide no verdict.\n\n${body}${note}`;
  }
}
