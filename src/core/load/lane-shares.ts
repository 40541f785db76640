/** Which lanes share the load: they come, fall silent, are taken up elsewhere, and go. */
import { type Course, endOf, type Leg } from './course.js';
import type { LaneReady } from './lane.js';
import { lapse } from './load-budget.js';
import type { LoadOutline } from './load-outline.js';
import { AHEAD_MS, clockOf, type LaneState, type LoadState, tell } from './load-state.js';

/** A lane that has written nothing for so long makes no load, in milliseconds. */
const SILENT_MS = 4_000;

/** It makes a part of the load. */
export const hasShare = ({ attempt, silent, leaving }: LaneState): boolean =>
  attempt !== undefined && !silent && !leaving;

/** Numbers of the lanes that are to share the load. */
export const sharing = ({ lanes }: LoadState): number[] => lanes.filter(hasShare).map(({ lane }) => lane);

/** Makes lanes until there are so many that stay, or lets the last ones go. Returns the numbers of the new ones. */
export function settleLanes(state: LoadState, outline: LoadOutline, wanted: number, now: number): number[] {
  const staying = state.lanes.filter(({ leaving, spare }) => !leaving && !spare);
  for (const lane of staying.slice(wanted)) lane.leaving = true;
  const made: number[] = [];
  for (let missing = wanted - staying.length; missing > 0; missing -= 1) {
    made.push(state.lanesMade);
    state.lanes.push({ lane: state.lanesMade });
    state.lanesMade += 1;
  }
  if (staying.length > wanted) share(state, outline, now);
  return made;
}

/** The first share: from here on the clock runs. */
export function begin(state: LoadState, outline: LoadOutline, now: number): void {
  state.startedAt = now + AHEAD_MS;
  const lanes = sharing(state);
  state.changes = [{ atMs: 0, course: scaled(outline, outline.course, lanes.length), lanes }];
  state.lanesAtMost = lanes.length;
  state.scaledFor = lanes.length;
  state.events.push({
    clockMs: 0,
    at: state.startedAt,
    what: 'started',
    text: `begun by ${lanesText(lanes.length)}`,
  });
}

/** An attempt of a lane could begin: it has its share from two seconds ahead on. */
export function announce(state: LoadState, outline: LoadOutline, ready: LaneReady, now: number): void {
  const lane = state.lanes.find((each) => each.lane === ready.lane);
  if (lane === undefined) return;
  const replaced = lane.attempt !== undefined && lane.attempt !== ready.attempt;
  const repeated = lane.attempt === ready.attempt && lane.worker === ready.worker;
  lane.worker = ready.worker;
  lane.attempt = ready.attempt;
  if (repeated) return;
  lane.since = now;
  delete lane.silent;
  if (replaced && state.budget !== undefined) lapse(state.budget, ready.lane);
  if (state.startedAt === undefined) return;
  if (replaced) tell(state, 'lanes', `lane ${ready.lane} was lost and goes on in ${ready.worker}`, now);
  share(state, outline, now);
}

/** A lane has ended: nothing is to be expected of it. True when it went only because it had fallen silent. */
export function leave(state: LoadState, outline: LoadOutline, lane: number, now: number): boolean {
  const gone = state.lanes.find((each) => each.lane === lane);
  if (gone === undefined) return false;
  state.lanes = state.lanes.filter((each) => each !== gone);
  if (state.budget !== undefined) lapse(state.budget, lane);
  if (hasShare(gone)) share(state, outline, now);
  return gone.silent === true && gone.leaving !== true && clockOf(state, now) < courseEnd(state, outline);
}

/** Looks who has written something lately. `askedAt`: when the reading was asked for. */
export function hearLanes(state: LoadState, outline: LoadOutline, askedAt: number, now: number): void {
  const { startedAt, reading } = state;
  if (startedAt === undefined || reading === undefined) return;
  const heard = new Map(reading.lanes.map(({ lane, lastSecond }) => [lane, startedAt + (lastSecond + 1) * 1000]));
  let changed = false;
  for (const lane of state.lanes) {
    if (lane.since === undefined || lane.leaving === true) continue;
    const lastAt = Math.max(heard.get(lane.lane) ?? 0, lane.since, startedAt);
    const silent = askedAt - lastAt > SILENT_MS;
    if (silent === (lane.silent === true)) continue;
    changed = true;
    if (silent) lane.silent = true;
    else delete lane.silent;
    const text = silent ? `lane ${lane.lane} is not heard of` : `lane ${lane.lane} is heard of again`;
    tell(state, 'lanes', text, now);
  }
  if (changed) share(state, outline, now);
}

/** Divides the load anew from two seconds ahead on. Where nobody is left the last division stays. */
function share(state: LoadState, outline: LoadOutline, now: number): void {
  const last = state.changes.at(-1);
  const lanes = sharing(state);
  if (last === undefined || lanes.length === 0 || lanes.join() === last.lanes.join()) return;
  const factor = outline.usersPerLane === undefined ? 1 : lanes.length / state.scaledFor;
  // At the end lanes go one after the other, and nothing is divided any more.
  if (!changeFrom(state, now, (course) => ({ course: multiplied(course, factor), lanes }))) return;
  state.scaledFor = lanes.length;
  state.lanesAtMost = Math.max(state.lanesAtMost, lanes.length);
  tell(state, 'lanes', `shared by ${lanesText(lanes.length)}`, now, AHEAD_MS);
}

/** Ends all lanes without ending the test. */
export function dismissLanes(state: LoadState, now: number): void {
  for (const lane of state.lanes) lane.leaving = true;
  changeFrom(state, now, (course) => ({ course, lanes: [] }));
}

/**
 * From two seconds ahead on, or from now on while the clock stands, another course or other lanes. False where the test is
 * over before.
 */
export function changeFrom(
  state: LoadState,
  now: number,
  next: (course: Course, atMs: number) => { course: Course; lanes?: readonly number[] },
): boolean {
  const last = state.changes.at(-1);
  const atMs = nextChangeAt(state, now);
  if (last === undefined || atMs >= endOf(last.course)) return false;
  const { course, lanes = last.lanes } = next(last.course, atMs);
  last.course = last.course.filter(({ startMs }) => startMs < atMs);
  state.changes.push({ atMs, lanes, course: course.filter(({ endMs }) => endMs > atMs) });
  return true;
}

/** The test's clock from which on it can be changed now. */
export function nextChangeAt(state: LoadState, now: number): number {
  const aheadMs = state.pausedAt === undefined ? AHEAD_MS : 0;
  return Math.max(clockOf(state, now) + aheadMs, (state.changes.at(-1)?.atMs ?? -1) + 1, 0);
}

/** When the course ends, in milliseconds of the test's clock. */
export const courseEnd = ({ changes }: LoadState, { course }: LoadOutline): number =>
  endOf(changes.at(-1)?.course ?? course);

/** A target that is meant for each lane, of the lanes that there are. */
function scaled({ usersPerLane, course: planned }: LoadOutline, course: Course, lanes: number): Course {
  if (usersPerLane === undefined) return course;
  const peak = planned.reduce((most, { from, to }) => Math.max(most, from, to), 0);
  return multiplied(course, peak === 0 ? 1 : (usersPerLane * lanes) / peak);
}

function multiplied(course: Course, factor: number): Course {
  if (factor === 1) return course;
  return course.map((leg): Leg => ({ ...leg, from: leg.from * factor, to: leg.to * factor }));
}

const lanesText = (count: number): string => `${count} lane${count === 1 ? '' : 's'}`;
