import { ArenaError, type Failure } from '../../src/core/errors.js';
import type { CallEnd, GatedCall, Pass } from '../shard/call-gate.js';
import { LongWait } from '../shard/hold-item.js';
import type { Allowance, Turn } from './allowance.js';
import { PaceLine } from './pace-line.js';
import { Refusals } from './refusals.js';

/**
 * A call waits no longer than this for a closed service: its conversation is set aside until then, or it is refused.
 * In milliseconds.
 */
const LONGEST_WAIT_MS = 30_000;

/** Others of the key were told so. */
const CLOSED: Failure = { code: 'rate_limited', message: 'The service has asked to be left alone for a while.' };

/** The calls of one provider key in this process: each waits for its turn, none goes to a service that asked to wait. */
export class KeyPace {
  private readonly line = new PaceLine<Turn>();
  private readonly refusals = new Refusals();
  private timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds of a steady clock */
  constructor(
    private readonly allowance: Allowance,
    private readonly now: () => number,
  ) {}

  /** Nobody waits. */
  get isIdle(): boolean {
    return this.line.length === 0;
  }

  enter(call: GatedCall): Pass | Promise<Pass> {
    if (this.line.length === 0 && !this.isClosed) {
      const turn = this.allowance.take(this.now());
      if (turn !== undefined) return this.pass(turn);
    }
    const waiting = this.line.join(call).then((turn) => this.pass(turn));
    this.pump();
    return waiting;
  }

  /** Others were told to wait: nothing is sent before. */
  hold(until: number): void {
    this.refusals.hold(until);
    this.pump();
  }

  /** Turns away whoever waits. */
  refuseAll(error: ArenaError): void {
    this.line.refuseAll(() => error);
  }

  /** Lets in whoever may go, and sees to it that it is called again in time. */
  pump(): void {
    const now = this.now();
    if (this.isClosed) this.turnAway(now);
    else this.admit(now);
    this.allowance.wanted(this.line.length, this.line.first?.request);
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.line.length === 0) return;
    const next = this.isClosed ? this.refusals.closedUntil : this.allowance.nextAt(now);
    if (next !== undefined) this.timer = setTimeout(() => this.pump(), Math.ceil(Math.max(0, next - now)));
  }

  private get isClosed(): boolean {
    return this.refusals.closedUntil > this.now();
  }

  private admit(now: number): void {
    while (this.line.length > 0) {
      const turn = this.allowance.take(now);
      if (turn === undefined) return;
      this.line.admit(turn);
    }
  }

  private turnAway(now: number): void {
    const lost = this.refusals.lost(now);
    if (lost !== undefined) this.line.refuseAll(() => new ArenaError(lost));
    const leftMs = this.refusals.closedUntil - now;
    if (leftMs <= LONGEST_WAIT_MS) return;
    const dueAt = Date.now() + leftMs;
    const refused = this.refusals.last ?? CLOSED;
    this.line.refuseAll((call) => (call.patient ? call.setAside(new LongWait(dueAt)) : new ArenaError(refused)));
  }

  private pass(turn: Turn): Pass {
    let beganAt = this.now();
    return {
      expired: () => {
        beganAt = this.now();
        return beganAt > turn.until || this.isClosed;
      },
      isLate: () => !this.isClosed,
      end: (end) => this.ended(turn, end, beganAt),
    };
  }

  private ended(turn: Turn, end: CallEnd, beganAt: number): boolean | undefined {
    let again: boolean | undefined;
    if ('notCalled' in end) this.allowance.unused(turn);
    else if ('completion' in end) {
      this.refusals.success(beganAt);
      this.allowance.ended(turn, true, end.completion.usage);
    } else {
      const refusal = this.refusals.note(end.failure, beganAt, this.now());
      if (refusal === 'news') this.allowance.refused(end.failure.retryAfterMs);
      // It was in the air when a neighbour was refused: its own refusal says no more, so it is no try of its own.
      again = refusal === 'known';
      this.allowance.ended(turn, false);
    }
    this.pump();
    return again;
  }
}
