/** Which evals of recordings a job carries out. */
import { EVAL_PROVIDER, type PlanCell } from '../core/plan.js';
import type { EvalSpec } from '../schema/eval.js';
import type { Bundle, Loaded } from './bundle.js';
import type { Fault } from './fault.js';
import { hintFor } from './suggest.js';

export interface EvalSelection {
  /** Ids of evals. */
  evals?: readonly string[];
  /** Evals with one of these tags. With `evals` as well, those of them. */
  tags?: readonly string[];
}

/** Evals in bundle order. An id or a tag that nothing has is an error: it is a misspelling, not a wish. */
export function selectEvals(
  bundle: Bundle,
  { evals, tags }: EvalSelection,
): { evals: Loaded<EvalSpec>[]; faults: Fault[] } {
  const file = bundle.arena.file;
  const faults: Fault[] = [];
  for (const id of evals ?? []) {
    if (bundle.evals.has(id)) continue;
    const hint = hintFor(id, bundle.evals.keys(), 'evals');
    faults.push({ severity: 'error', file, message: `there is no eval "${id}"`, hint });
  }
  const known = new Set([...bundle.evals.values()].flatMap(({ spec }) => spec.tags ?? []));
  for (const tag of tags ?? []) {
    if (known.has(tag)) continue;
    const hint = hintFor(tag, known, 'tags');
    faults.push({ severity: 'error', file, message: `no eval has the tag "${tag}"`, hint });
  }
  const wanted = [...bundle.evals.values()].filter(
    ({ id, spec }) =>
      (!evals?.length || evals.includes(id)) && (!tags?.length || (spec.tags ?? []).some((tag) => tags.includes(tag))),
  );
  return { evals: wanted, faults };
}

/** A cell for each eval: its recordings stand where a scenario has providers. */
export function evalCells(
  bundle: Bundle,
  evals: readonly Loaded<EvalSpec>[],
  trials: number,
): { cells: PlanCell[]; faults: Fault[] } {
  const cells: PlanCell[] = [];
  const faults: Fault[] = [];
  for (const { id } of evals) {
    const set = bundle.recordings.ofEval(id);
    faults.push(...set.faults);
    const recordings = set.conversations.map(({ name }) => name);
    if (recordings.length > 0) cells.push({ scenario: id, providers: [EVAL_PROVIDER], trials, recordings });
  }
  return { cells, faults };
}
