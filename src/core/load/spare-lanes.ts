/**
 * Spare lanes. Where a process makes more lanes than its own, because another one died or has not come up yet, a spare
 * lane waits for each of these: only a process that makes none takes it, and then the other one is let go. So a lane
 * moves without a gap, and nothing moves while nobody is there to take it.
 */
import { courseEnd, hasShare } from './lane-shares.js';
import type { LoadOutline } from './load-outline.js';
import { clockOf, type LaneState, type LoadState, tell } from './load-state.js';

/** Lanes that share the load from a process which makes another one before them. */
function crowded({ lanes }: LoadState): LaneState[] {
  const sharing = lanes.filter(hasShare);
  return sharing.filter((lane, place) => sharing.findIndex(({ worker }) => worker === lane.worker) < place);
}

/**
 * Makes as many spare lanes as there are crowded ones, or lets those go that nobody has taken. Returns the numbers of the
 * new ones, and of all that are to be cancelled.
 */
export function settleSpares(
  state: LoadState,
  outline: LoadOutline,
  now: number,
): { made: number[]; dropped: number[] } {
  const runs = state.startedAt !== undefined && state.stopAtMs === undefined;
  const wanted = runs && clockOf(state, now) < courseEnd(state, outline) ? crowded(state).length : 0;
  const waiting = state.lanes.filter(({ spare, leaving }) => spare && !leaving);
  for (const lane of waiting.slice(wanted)) lane.leaving = true;
  const made: number[] = [];
  for (let missing = wanted - waiting.length; missing > 0; missing -= 1) {
    made.push(state.lanesMade);
    state.lanes.push({ lane: state.lanesMade, spare: true });
    state.lanesMade += 1;
  }
  const dropped = state.lanes.filter(({ spare, leaving }) => spare && leaving).map(({ lane }) => lane);
  return { made, dropped };
}

/** A process has taken a spare lane: it is one like the others now, and a crowded one is let go for it. */
export function takeSpare(state: LoadState, number: number, worker: string, now: number): void {
  const spare = state.lanes.find(({ lane }) => lane === number);
  if (spare?.spare === undefined || spare.leaving) return;
  delete spare.spare;
  // Where none is crowded any more it goes itself.
  const old = crowded(state).at(-1) ?? spare;
  old.leaving = true;
  if (old !== spare) tell(state, 'lanes', `lane ${number} in ${worker} takes over from lane ${old.lane}`, now);
}
