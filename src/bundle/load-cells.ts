/** Who is asked in a load test, how often in comparison, and what is known of it before the first request. */
import type { LoadCell } from '../core/load/load-plan.js';
import type { PlanCell } from '../core/plan.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { Bundle } from './bundle.js';
import { isPlayed } from './self-play-pairs.js';

/** Exchanges of a persona where nobody says. */
const PERSONA_TURNS = 10;

/** The weight of a scenario is shared by its providers and regions: adding a provider brings it no more load. */
export function loadCells(
  bundle: Bundle,
  cells: readonly PlanCell[],
  regions: readonly string[],
  weightOf: (cell: PlanCell) => number,
): LoadCell[] {
  return regions.flatMap((region) =>
    cells.flatMap((cell) => {
      const { scenario, providers } = cell;
      const weight = weightOf(cell) / (providers.length * regions.length);
      const requests = requestsOf(bundle, bundle.scenarios.get(scenario)?.spec);
      return providers.map((provider) => ({ scenario, provider, region, weight, requests }));
    }),
  );
}

/** Requests of a conversation as far as its turns tell; tools come on top. At least 1. */
function requestsOf({ personas }: Bundle, spec: ScenarioSpec | undefined): number {
  const scripted = (spec?.turns ?? []).reduce((sum, { role, turns }) => {
    if (role === 'assistant') return sum;
    return sum + (role === 'user' ? 1 : (turns ?? 1));
  }, 0);
  const { self_play: played } = spec ?? {};
  if (played === undefined || played.enabled === false) return Math.max(1, scripted);
  const most = played.max_turns ?? personas.get(played.persona)?.spec.max_turns ?? PERSONA_TURNS;
  return Math.max(1, scripted + most);
}

/** Whether the answers of a cell tell when their first token came. */
export function tellsFirstToken(bundle: Bundle, { scenario, provider }: LoadCell, mocked: boolean): boolean {
  const type = bundle.providers.get(provider)?.spec.type;
  if (mocked || type === 'mock' || type === 'replay') return false;
  if (type === 'agent') return true;
  const { turns = [], streaming = false } = bundle.scenarios.get(scenario)?.spec ?? {};
  const asked = turns.filter(({ role }) => role !== 'assistant');
  return asked.length === 0 ? streaming : asked.some((turn) => turn.streaming ?? streaming);
}

/** Ids of all providers whose answers a cell pays for, those that play its user included. */
export function paidBy(bundle: Bundle, { scenario, provider }: LoadCell, mocked: boolean): string[] {
  const spec = bundle.scenarios.get(scenario)?.spec;
  const assistants = mocked ? [] : [provider];
  if (spec === undefined || !isPlayed(spec)) return assistants;
  const player = bundle.providers.get(provider)?.player;
  const roles = bundle.arena.spec.self_play?.roles?.map((role) => role.provider) ?? [];
  return [...assistants, ...(player === undefined ? roles : [player])];
}
