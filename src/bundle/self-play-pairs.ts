/**
 * Self-play of a pool: each of its members talks with each other one. A pair is a provider of its own, the assistant under
 * another name, which knows who plays the user.
 */
import type { PlanCell } from '../core/plan.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { Bundle, LoadedProvider } from './bundle.js';
import type { Fault } from './fault.js';
import { isIn } from './provider-groups.js';

/** Items grow with the square of the pool. */
const MAX_POOL = 50;

export interface SelfPlayPairs {
  /** Ids of pairs in the order of the pool; the other side is at the same place of `swapped`. */
  pairs: string[];
  /** The same with the sides swapped. */
  swapped: string[];
  /** Conversations of each pair, ≥ 1. */
  rounds: number;
  /** Whether the sides are swapped on even rounds. */
  swapRoles: boolean;
}

interface Wish {
  rounds: number;
  swapRoles: boolean;
}

/** A pair stands where a provider does; `~` stands in no name of an object. */
const pairId = (assistant: string, player: string): string => `${assistant}~${player}`;

/** The bundle with pairs of its pool: the group `selfplay`, else `default`. */
export function pairUp(bundle: Bundle, { rounds, swapRoles }: Wish): { bundle: Bundle; faults: Fault[] } {
  const pool = poolOf(bundle);
  const fault = (message: string, hint: string): { bundle: Bundle; faults: Fault[] } => ({
    bundle,
    faults: [{ severity: 'error', file: bundle.arena.file, message, hint }],
  });
  if (pool.length === 0) {
    return fault('self-play is on, and nobody is in the group selfplay or default', 'put a provider into one of them');
  }
  if (pool.length > MAX_POOL) {
    return fault(`${pool.length} providers would play with each other, at most ${MAX_POOL} can`, 'use a smaller group');
  }
  const lone = pool.length === 1;
  const sides = pool.flatMap((assistant) =>
    pool.filter((player) => lone || player !== assistant).map((player) => ({ assistant, player })),
  );
  const providers = new Map(bundle.providers);
  for (const { assistant, player } of sides) {
    const id = pairId(assistant.id, player.id);
    const heldBy = assistant.heldBy ?? assistant.id;
    // Nobody is in its group: only the cells of self-play name it.
    providers.set(id, { ...assistant, id, group: 'selfplay', alsoIn: undefined, heldBy, player: player.id });
  }
  const pairs = sides.map(({ assistant, player }) => pairId(assistant.id, player.id));
  const swapped = sides.map(({ assistant, player }) => pairId(player.id, assistant.id));
  const { arena } = bundle;
  // Who asks for self-play beats an Arena file that switches it off.
  const spec = { ...arena.spec, self_play: { ...arena.spec.self_play, enabled: true } };
  const paired = { ...bundle, arena: { ...arena, spec }, providers, pairs: { pairs, swapped, rounds, swapRoles } };
  return { bundle: { ...paired, warnings: [...bundle.warnings, ...uselessness(bundle)] }, faults: [] };
}

function poolOf({ providers }: Bundle): LoadedProvider[] {
  const speaking = [...providers.values()].filter(
    ({ spec, onlyJudges }) => onlyJudges !== true && (spec.role === undefined || spec.role === 'llm'),
  );
  const own = speaking.filter((provider) => isIn(provider, 'selfplay'));
  return own.length > 0 ? own : speaking.filter((provider) => isIn(provider, 'default'));
}

function uselessness({ arena, scenarios }: Bundle): Fault[] {
  if ([...scenarios.values()].some(({ spec }) => isPlayed(spec))) return [];
  const message = 'self-play is on, and no scenario has a persona';
  return [{ severity: 'warning', file: arena.file, message, hint: 'every scenario runs as without self-play' }];
}

/** Whether a persona speaks somewhere in the scenario. */
export function isPlayed({ self_play, turns = [] }: ScenarioSpec): boolean {
  if (self_play?.persona !== undefined && self_play.enabled !== false) return true;
  return turns.some(({ role }) => role !== 'user' && role !== 'assistant');
}

/**
 * The cell of a scenario that pairs play. `trials`: repetitions of each round. A round holds every variant once, before
 * the next round begins.
 */
export function pairCell(
  { pairs, swapped, rounds, swapRoles }: SelfPlayPairs,
  { scenario, trials, variants }: { scenario: string; trials: number; variants: number },
  isWanted: (pair: string) => boolean,
): PlanCell | undefined {
  const places = pairs.flatMap((pair, place) => (isWanted(pair) ? [place] : []));
  if (places.length === 0) return undefined;
  const chosen = (ids: readonly string[]) => places.map((place) => ids[place] ?? '');
  const cell: PlanCell = { scenario, providers: chosen(pairs), trials: trials * rounds * variants };
  if (!swapRoles || rounds < 2) return cell;
  return { ...cell, swapped: { providers: chosen(swapped), variants, rounds } };
}
