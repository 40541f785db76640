import type { PlanResult } from './plan-result.js';
import type { Phase } from './run.js';

/** Custom search attributes, all of type Keyword. Runs carry them where a Temporal namespace knows them. */
export const ARENA_SEARCH_ATTRIBUTES = ['ArenaJob', 'ArenaType', 'ArenaPhase', 'ArenaBundle'] as const;

type Attributes = { [name in (typeof ARENA_SEARCH_ATTRIBUTES)[number]]?: string[] };

export function runAttributes(plan: PlanResult, phase: Phase): Attributes {
  return {
    ArenaJob: [plan.job],
    ArenaType: [plan.type ?? 'evaluation'],
    ArenaBundle: [plan.bundle.digest],
    ...phaseAttribute(phase),
  };
}

export function phaseAttribute(phase: Phase): Attributes {
  return { ArenaPhase: [phase] };
}
