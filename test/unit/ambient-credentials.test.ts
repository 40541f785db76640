import { describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { AmbientCredentials, type AmbientValue } from '../../src/io/providers/auth/ambient-credentials.js';

const MINUTE = 60_000;

/** Tokens t1, t2, … that live an hour, on a clock that the test turns. */
function identity({ life = 60 * MINUTE, fails = () => false }: { life?: number; fails?: () => boolean } = {}) {
  const state = { now: 1_000_000, fetches: 0, anew: [] as boolean[] };
  const credentials = new AmbientCredentials<string>(
    'Cloud',
    async (anew): Promise<AmbientValue<string>> => {
      state.fetches += 1;
      state.anew.push(anew);
      if (fails()) throw new ArenaError({ code: 'unauthorized', message: 'no' });
      const token = `t${state.fetches}`;
      return { value: token, mark: token, expiresAt: state.now + life };
    },
    () => state.now,
  );
  const token = async () => (await credentials.current()).value;
  return { state, credentials, token };
}

/** Lets what was begun in the background come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('many calls at once fetch one token, and later ones have it at once', async () => {
  const { state, credentials, token } = identity();
  expect(await Promise.all([token(), token(), token()])).toEqual(['t1', 't1', 't1']);
  expect(state.fetches).toBe(1);
  expect(credentials.current()).not.toBeInstanceOf(Promise);
});

test('a token is fetched anew before it ends, and nobody waits for that', async () => {
  const { state, credentials, token } = identity();
  await token();
  state.now += 54 * MINUTE;
  expect(credentials.current()).toMatchObject({ value: 't1' });
  await settled();
  expect(state.fetches).toBe(1);
  state.now += 2 * MINUTE;
  expect(credentials.current()).toMatchObject({ value: 't1' });
  await settled();
  expect(credentials.current()).toMatchObject({ value: 't2' });
  expect(state.fetches).toBe(2);
});

test('one that has ended is waited for', async () => {
  const { state, credentials, token } = identity();
  await token();
  state.now += 60 * MINUTE - 5_000;
  const next = credentials.current();
  expect(next).toBeInstanceOf(Promise);
  expect((await next).value).toBe('t2');
});

test('what does not end is kept', async () => {
  let fetches = 0;
  const fetch = async () => {
    fetches += 1;
    return { value: 'k', mark: 'k', expiresAt: undefined };
  };
  const credentials = new AmbientCredentials('Cloud', fetch, () => 1e15 * fetches);
  await credentials.current();
  expect(credentials.current()).toMatchObject({ value: 'k' });
  expect(fetches).toBe(1);
});

describe('a token that was refused', () => {
  test('is fetched anew once for all who were refused', async () => {
    const { state, credentials, token } = identity();
    await token();
    state.now += MINUTE;
    expect(await Promise.all([credentials.renew('t1'), credentials.renew('t1')])).toEqual([true, true]);
    expect(state).toMatchObject({ fetches: 2, anew: [false, true] });
    // Who comes late with the old one is told of the new one.
    expect(await credentials.renew('t1')).toBe(true);
    expect(state.fetches).toBe(2);
  });

  test('is not fetched again when it is new: the cause lies elsewhere', async () => {
    const { state, credentials, token } = identity();
    await token();
    state.now += 5_000;
    expect(await credentials.renew('t1')).toBe(false);
    expect(state.fetches).toBe(1);
  });
});

test('after a failure nobody asks for a moment, then it is tried again', async () => {
  let broken = true;
  const { state, token } = identity({ fails: () => broken });
  const codes = await Promise.allSettled([token(), token()]);
  expect(codes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(token()).rejects.toMatchObject({ failure: { code: 'unauthorized' } });
  expect(state.fetches).toBe(1);
  broken = false;
  state.now += 2_000;
  expect(await token()).toBe('t2');
});
