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

/** Grants a new shard its part: an even share of what is free among the slots that are free. */
export function grantPermits(state: PermitState, shard: number, freeSlots: number): number {
  const grant = Math.max(0, Math.ceil(freePermits(state) / Math.max(1, freeSlots)));
  state.grants[shard] = grant;
  return grant;
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

/** Hands what is free to the shards in flight, the poorest first; called when no further shard waits for a grant. */
export function spreadPermits(state: PermitState): void {
  const shards = Object.keys(state.grants);
  for (let free = freePermits(state); free > 0 && shards.length > 0; free -= 1) {
    const poorest = shards.reduce((a, b) => ((state.grants[b] ?? 0) < (state.grants[a] ?? 0) ? b : a));
    state.grants[poorest] = (state.grants[poorest] ?? 0) + 1;
  }
}
