/** Tools that fail on purpose, as a turn of the scenario says. */
import { createHash } from 'node:crypto';
import type { PlanItem } from '../../core/plan.js';
import type { TurnSpec } from '../../schema/scenario.js';
import { blockedByHook } from './blocked-by-hook.js';
import type { ToolAnswer } from './prepared-tool.js';

type ToolFailure = NonNullable<NonNullable<TurnSpec['chaos']>['tool_failures']>[number];

/** How late a slow tool is, in milliseconds. */
const SLOW_MS = 5000;

const REASONS = { error: 'simulated tool failure', timeout: 'simulated timeout of the tool' };

export interface ChaosDraw {
  /** Replaces the tool's answer; the tool is then not run. */
  answer?: ToolAnswer;
  /** Milliseconds to wait before the tool is run. */
  delayMs?: number;
}

/**
 * What befalls call number `call` of a conversation. Drawn by the seed, the item and the call, so that a conversation
 * that is taken up again meets the same faults.
 */
export function drawChaos(
  { chaos }: TurnSpec,
  tool: string,
  call: number,
  { scenario, provider, region, trial }: PlanItem,
  seed: number | undefined,
): ChaosDraw {
  const failure = (chaos?.tool_failures ?? []).find(
    (each, index) =>
      isMeant(each, tool) &&
      draw([seed ?? null, scenario, provider, region, trial, tool, call, index]) < (each.probability ?? 1),
  );
  if (failure === undefined) return {};
  if (failure.mode === 'slow') return { delayMs: SLOW_MS };
  return { answer: blockedByHook(tool, failure.message ?? REASONS[failure.mode]) };
}

/** A trailing `*` stands for any ending, as in `allowed_tools`. */
function isMeant({ tool: named }: ToolFailure, tool: string): boolean {
  return named === tool || (named.endsWith('*') && tool.startsWith(named.slice(0, -1)));
}

/** A number in [0, 1) that follows from its parts. */
function draw(parts: readonly (string | number | null)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUIntBE(0, 6) / 2 ** 48;
}
