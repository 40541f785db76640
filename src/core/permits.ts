/**
 * Division of a run's permits (calls in flight) over its shards in flight. Permits are never made up and never counted
 * twice: a shard gets its grant from those that are free, keeps it until it ends, and then either leaves it with
 * another shard of its process or gives it back. So the sum in use never exceeds the limit, whoever is slow to hear of it.
 */
export interface PermitState {
  /** Calls in flight that the run may have. */
  limit: number;
  /** By shard number. */
  grants: { [shard: string]: number };
}

/** Permits that no shard holds. Negative after the limit was lowered, until shards have given enough back. */
export function freePermits(state: PermitState): number {
  return state.limit - Object.values(state.grants).reduce((sum, grant) => sum + grant, 0);
}

/** Enters a new shard, which gets its part by `spreadPermits`. */
export function enterShard(state: PermitState, shard: number): void {
  state.grants[shard] = 0;
}

/** Takes a shard out. What it moved to shards that are still in flight stays with them; the rest is free. */
export function releasePermits(state: PermitState, shard: number, moved: { [shard: string]: number }): void {
  let left = state.grants[shard] ?? 0;
  delete state.grants[shard];
  for (const [to, count] of Object.entries(moved)) {
    const current = state.grants[to];
    const part = Math.min(count, left);
    if (current === undefined || part <= 0) continue;
    state.grants[to] = current + part;
    left -= part;
  }
}

/** Hands what is free to the shards in flight, the poorest first. */
export function spreadPermits(state: PermitState): void {
  let free = freePermits(state);
  const shards = Object.keys(state.grants).map((shard) => ({ shard, grant: state.grants[shard] ?? 0 }));
  shards.sort((a, b) => a.grant - b.grant);
  // Raise the poorest to the level of the next, then both to the level of the third, and so on, like water.
  for (let poor = 1; poor <= shards.length && free > 0; poor += 1) {
    const level = shards[poor - 1]?.grant ?? 0;
    const next = shards[poor]?.grant ?? Number.POSITIVE_INFINITY;
    const rise = Math.min(free, (next - level) * poor);
    shards.slice(0, poor).forEach((entry, i) => {
      entry.grant += Math.floor(rise / poor) + (i < rise % poor ? 1 : 0);
    });
    free -= rise;
    if (rise % poor !== 0) break;
  }
  for (const { shard, grant } of shards) state.grants[shard] = grant;
}
