import { ApplicationFailure } from '@temporalio/activity';
import { LANE_LEFT } from '../../src/core/load/lane.js';

/** How often, and after what time, a process that makes load already lets others have a lane, in milliseconds. */
const HAND_BACKS = 2;
const HAND_BACK_MS = 300;
/** After what time a spare lane is offered again that only others may take, in milliseconds. */
const SPARE_BACK_MS = 1_000;
/** After this time hand-backs are forgotten: the lane has been elsewhere since. */
const FORGET_MS = 10_000;

/**
 * Which lanes this process makes. Temporal gives a task to any process that asks: one that makes a lane of the run
 * already hands the next one back a few times, so that processes which make none take it first.
 */
export class LanePlaces {
  private readonly lanes = new Map<string, number>();
  private readonly handedBack = new Map<string, { times: number; at: number }>();

  /** @param now milliseconds of any clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /**
   * Takes a place for a lane of the run; the returned function gives it back. Throws to leave the lane to others.
   * `begun`: it has made load before, which is missing now; `spare`: it waits for a process that makes none.
   */
  take(run: string, lane: number, { begun, spare }: { begun: boolean; spare: boolean }): () => void {
    const count = this.lanes.get(run) ?? 0;
    if (count > 0 && !begun) {
      if (spare) throw leftToOthers(SPARE_BACK_MS);
      this.handBack(`${run} ${lane}`);
    }
    this.lanes.set(run, count + 1);
    return () => {
      const left = (this.lanes.get(run) ?? 1) - 1;
      if (left === 0) this.lanes.delete(run);
      else this.lanes.set(run, left);
    };
  }

  private handBack(key: string): void {
    const now = this.now();
    for (const [each, { at }] of this.handedBack) if (now - at > FORGET_MS) this.handedBack.delete(each);
    const times = (this.handedBack.get(key)?.times ?? 0) + 1;
    if (times > HAND_BACKS) return;
    this.handedBack.set(key, { times, at: now });
    throw leftToOthers(HAND_BACK_MS);
  }
}

function leftToOthers(nextRetryDelay: number): ApplicationFailure {
  const message = 'this process makes a part of the load already: another one may take this part';
  return ApplicationFailure.create({ type: LANE_LEFT, message, nextRetryDelay });
}
