import type { Phase } from './run.js';
import type { PlanResult } from './run-settings.js';

/** Custom search attributes, all of type Keyword. Set only where the namespace knows them. */
export const SEARCH_ATTRIBUTES = ['ArenaJob', 'ArenaType', 'ArenaPhase', 'ArenaBundle'] as const;

type Attributes = { [name in (typeof SEARCH_ATTRIBUTES)[number]]?: string[] };

export function runAttributes(plan: PlanResult, phase: Phase): Attributes {
  return {
    ArenaJob: [plan.job],
    ArenaType: ['evaluation'],
    ArenaBundle: [plan.bundle.digest],
    ...phaseAttribute(phase),
  };
}

export function phaseAttribute(phase: Phase): Attributes {
  return { ArenaPhase: [phase] };
}
