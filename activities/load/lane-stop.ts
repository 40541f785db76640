/** Why a lane ends before its time. `draining`: the process shuts down, and another one is to take the lane. */
export interface StoppedLane {
  kind: 'cancelled' | 'draining' | 'lost' | 'broken';
  error: Error;
}

/** Told once that a lane is to end, by whoever knows it first. */
export class LaneStop {
  private reason: StoppedLane | undefined;
  private tell: (reason: StoppedLane) => void = () => undefined;
  /** Settles when the lane is to end. */
  readonly told = new Promise<StoppedLane>((resolve) => {
    this.tell = resolve;
  });

  stop(kind: StoppedLane['kind'], error: Error): void {
    // Who shuts down may still learn that the test is cancelled, and then leaves nothing to anybody else.
    if (this.reason !== undefined && !(this.reason.kind === 'draining' && kind === 'cancelled')) return;
    this.reason = { kind, error };
    this.tell(this.reason);
  }

  get current(): StoppedLane | undefined {
    return this.reason;
  }
}
