import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { enterShard, freePermits, type PermitState, releasePermits, spreadPermits } from '../../src/core/permits.js';

describe('permits', () => {
  test('are spread evenly over the shards that enter together', () => {
    const state: PermitState = { limit: 100, grants: {} };
    for (const shard of [0, 1, 2]) enterShard(state, shard);
    spreadPermits(state);
    expect(Object.values(state.grants).sort()).toEqual([33, 33, 34]);
  });

  test('go to the poorest first', () => {
    const state: PermitState = { limit: 20, grants: { 0: 10, 1: 4, 2: 0 } };
    spreadPermits(state);
    expect(state.grants).toEqual({ 0: 10, 1: 5, 2: 5 });
  });

  test('stay with the shard they were moved to, and return otherwise', () => {
    const state: PermitState = { limit: 10, grants: { 0: 6, 1: 4 } };
    releasePermits(state, 0, { 1: 5 });
    expect(state.grants).toEqual({ 1: 9 });
    expect(freePermits(state)).toBe(1);
  });

  test('moved to a shard that has ended meanwhile return', () => {
    const state: PermitState = { limit: 10, grants: { 0: 6, 1: 4 } };
    releasePermits(state, 0, { 7: 6 });
    expect(state.grants).toEqual({ 1: 4 });
    expect(freePermits(state)).toBe(6);
  });

  test('are never more than the limit, and none is lost, whatever shards claim to have moved', () => {
    const apply = (state: PermitState, each: { kind: string; shard: number; to?: number; count?: number }) => {
      if (each.kind === 'enter' && !(each.shard in state.grants)) enterShard(state, each.shard);
      else if (each.kind === 'spread') spreadPermits(state);
      else if (each.kind === 'release') releasePermits(state, each.shard, { [each.to ?? 0]: each.count ?? 0 });
    };
    const step = fc.oneof(
      fc.record({ kind: fc.constant('enter' as const), shard: fc.nat(9) }),
      fc.record({ kind: fc.constant('spread' as const), shard: fc.nat(9) }),
      fc.record({ kind: fc.constant('release' as const), shard: fc.nat(9), to: fc.nat(9), count: fc.nat(200) }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.array(step, { maxLength: 60 }), (limit, steps) => {
        const state: PermitState = { limit, grants: {} };
        for (const each of steps) {
          apply(state, each);
          const sum = Object.values(state.grants).reduce((a, b) => a + b, 0);
          expect(sum).toBeLessThanOrEqual(limit);
          expect(Object.values(state.grants).every((grant) => grant >= 0)).toBe(true);
          if (each.kind === 'spread' && Object.keys(state.grants).length > 0) expect(sum).toBe(limit);
        }
      }),
    );
  });
});
