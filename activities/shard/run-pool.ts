import { WaitingLine } from './waiting-line.js';

/** A shard as the pool sees it: something that can begin its next conversation. */
export interface ShardSource {
  readonly shard: number;
  /** Conversations not yet begun. */
  readonly remaining: number;
  /** Begins the next one. Settles when it has its slot, or has ended without one. */
  begin(): Promise<void>;
  /** Ends this attempt in order, so that another process, or this one later, takes the shard up. */
  handBack(): void;
  /** Ends this attempt in order; what has no verdict waits until the run is resumed. */
  pause(): void;
}

/** Conversations begun ahead of their slot, so that the mark which says so is durable when the slot comes free. */
const LOOK_AHEAD = 32;

/**
 * What one process may have in flight for one run. The shards of the process bring their grants together here, so that
 * a shard that ends lends what it no longer needs to the next one at once.
 *
 * A conversation holds a slot from its first call to its verdict, and a permit during each call. There are an eighth
 * more slots than permits, which hides the time that answers take to become durable; below 8 permits they are equal,
 * so that concurrency 1 means one conversation after the other.
 */
export class RunPool {
  private readonly grants = new Map<number, number>();
  /** The part of each grant that the workflow knows of: what a neighbour left here comes on top. */
  private readonly known = new Map<number, number>();
  private readonly sources: ShardSource[] = [];
  private readonly slots = new WaitingLine();
  private readonly permits = new WaitingLine();
  private ahead = 0;
  private drains: { limit: number; resolve: () => void }[] = [];

  /** Permits of all shards in this process. */
  get limit(): number {
    let sum = 0;
    for (const grant of this.grants.values()) sum += grant;
    return sum;
  }

  get inFlight(): number {
    return this.permits.taken;
  }

  /** True when conversations wait while little is left to begin: the end of a run, when a further permit helps most. */
  get starving(): boolean {
    const remaining = this.sources.reduce((sum, source) => sum + source.remaining, 0);
    return this.slots.waiting + this.permits.waiting > 0 && remaining <= 2 * this.limit;
  }

  /** True when a shard holds permits here that the workflow does not know of, as far as was heard. */
  get isAhead(): boolean {
    for (const [shard, grant] of this.grants) if (grant > (this.known.get(shard) ?? 0)) return true;
    return false;
  }

  add(source: ShardSource, grant: number): void {
    this.sources.push(source);
    this.grants.set(source.shard, grant);
    this.known.set(source.shard, grant);
    this.pump();
  }

  /** Number of shards of this run in this process. */
  get size(): number {
    return this.sources.length;
  }

  /** Frees the slot of the shard that came last. */
  handBackLast(): void {
    this.sources.at(-1)?.handBack();
  }

  pause(): void {
    for (const source of [...this.sources]) source.pause();
  }

  /**
   * Grants by shard as the workflow knows them; those of shards that are not here are left out. A shard in flight never
   * loses a grant, so a smaller number only means that the workflow has yet to hear what a neighbour left here.
   */
  raiseGrants(grants: { [shard: string]: number }): void {
    for (const [shard, grant] of this.grants) {
      const told = grants[shard] ?? 0;
      this.grants.set(shard, Math.max(grant, told));
      this.known.set(shard, Math.max(this.known.get(shard) ?? 0, told));
    }
    this.pump();
  }

  /**
   * Takes a finished shard out. Its grant stays with another shard of this process as far as the process then has no
   * more than `share` permits; the rest goes back once no call of a neighbour still uses it.
   * What a neighbour left to it and the workflow has not heard of is not its to leave: the workflow may hear of this end
   * first, and then gives those permits to others.
   */
  async remove(shard: number, share: number): Promise<{ returned: number; moved: { [shard: string]: number } }> {
    const before = this.limit;
    const grant = Math.min(this.grants.get(shard) ?? 0, this.known.get(shard) ?? 0);
    const index = this.sources.findIndex((source) => source.shard === shard);
    if (index !== -1) this.sources.splice(index, 1);
    this.grants.delete(shard);
    this.known.delete(shard);
    const heir = this.sources.find((source) => source.remaining > 0) ?? this.sources[0];
    if (heir === undefined) {
      await this.drained(0);
      return { returned: grant, moved: {} };
    }
    const kept = Math.max(0, Math.min(grant, Math.ceil(share) - this.limit));
    this.grants.set(heir.shard, (this.grants.get(heir.shard) ?? 0) + kept);
    this.pump();
    if (this.limit < before) await this.drained(this.limit);
    return { returned: grant - kept, moved: kept > 0 ? { [heir.shard]: kept } : {} };
  }

  /** Rejects with the signal's reason when it is aborted first. */
  takeSlot(signal: AbortSignal): Promise<void> {
    const slot = this.slots.take(signal);
    this.pump();
    return slot;
  }

  releaseSlot(): void {
    this.slots.release();
    this.pump();
  }

  /** A permit at once; false where it has to be waited for. */
  tryPermit(): boolean {
    return this.permits.tryTake(this.limit);
  }

  takePermit(signal: AbortSignal): Promise<void> {
    const permit = this.permits.take(signal);
    this.pump();
    return permit;
  }

  releasePermit(): void {
    this.permits.release();
    this.pump();
  }

  private pump(): void {
    const limit = this.limit;
    this.permits.admit(limit);
    this.slots.admit(limit + Math.floor(limit / 8));
    while (this.ahead < LOOK_AHEAD + limit / 4) {
      const source = this.sources.find((candidate) => candidate.remaining > 0);
      if (source === undefined) break;
      this.ahead += 1;
      void source.begin().finally(() => {
        this.ahead -= 1;
        this.pump();
      });
    }
    if (this.drains.length === 0) return;
    this.drains = this.drains.filter((drain) => {
      if (this.inFlight > drain.limit) return true;
      drain.resolve();
      return false;
    });
  }

  private async drained(limit: number): Promise<void> {
    if (this.inFlight <= limit) return;
    await new Promise<void>((resolve) => this.drains.push({ limit, resolve }));
  }
}
