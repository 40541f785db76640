import { describe, expect, test } from '@jest/globals';
import type { CallEnd } from '../../activities/shard/call-gate.js';
import { Held } from '../../activities/shard/held.js';
import type { Failure } from '../../src/core/errors.js';
import type { ProviderStanding } from '../../src/core/hold.js';
import type { Completion } from '../../src/core/provider.js';
import type { ShardWork } from '../../src/core/shard.js';
import { HoldLine } from '../helpers/hold-line.js';

const completion: Completion = { content: 'a', latencyMs: 1 };
const answer: CallEnd = { completion };
const failure = (code: Failure['code'], more: Partial<Failure> = {}): Failure => ({ code, message: code, ...more });
const wrongKey = failure('unauthorized', { status: 401, hint: 'set the key' });
const away = failure('connection_failed');
const range: ShardWork = { kind: 'range', from: 0, to: 9 };
const waited: ShardWork = { kind: 'held', provider: 'p', sources: [[0, 0, 9]] };

const standing = (more: Partial<ProviderStanding> = {}): ProviderStanding => ({ provider: 'p', releases: 0, ...more });

describe('a provider', () => {
  const cases: [string, Failure, string][] = [
    ['whose key is wrong', wrongKey, 'set aside'],
    ['whose account is spent', failure('quota_exhausted', { status: 402 }), 'set aside'],
    ['that cannot be reached', away, 'set aside'],
    ['that answers 503', failure('provider_unavailable', { status: 503 }), 'set aside'],
    ['that asks for fewer calls', failure('rate_limited', { status: 429 }), 'let through'],
    ['that is overloaded', failure('provider_unavailable', { status: 529 }), 'let through'],
    ['that refuses one request', failure('provider_rejected', { status: 400 }), 'let through'],
    ['that is slow with one answer', failure('call_timeout'), 'let through'],
    ['that cuts one answer', failure('stream_cut'), 'let through'],
    ['for which there is no key', failure('unauthorized', { lasting: true }), 'let through'],
  ];
  test.each(cases)('%s: the calls that come after one failure', async (_, found, after) => {
    const line = new HoldLine();
    expect(await line.ends({ failure: found })).toBe(after === 'set aside');
    expect(await line.state()).toBe(after);
  });

  test('is not down while a call is still tried in place', async () => {
    const line = new HoldLine();
    const call = line.call();
    expect(await line.ends({ failure: away, retrying: true }, call)).toBe(false);
    expect(await line.state()).toBe('let through');
    expect(await line.ends({ failure: away }, call)).toBe(true);
    expect(await line.state()).toBe('set aside');
  });

  test('is not down when others were answered between the tries of the call that failed', async () => {
    const line = new HoldLine();
    const call = line.call();
    await line.ends({ failure: away, retrying: true }, call);
    await line.ends(answer);
    expect(await line.ends({ failure: away }, call)).toBe(false);
    expect(await line.state()).toBe('let through');
  });

  test('is down when what was under way is answered after the first failure, and nothing from then on', async () => {
    const line = new HoldLine();
    const call = line.call();
    await line.ends({ failure: away, retrying: true }, call);
    await line.ends(answer);
    await line.ends({ failure: away, retrying: true }, call);
    expect(await line.ends({ failure: away }, call)).toBe(true);
    expect(await line.state()).toBe('set aside');
  });

  test('that went down after it had answered somebody else gets one more look, then is down', async () => {
    const line = new HoldLine();
    const call = line.call();
    const pass = await line.pass(call);
    await line.ends(answer);
    expect(pass.end({ failure: wrongKey })).toBe(true);
    expect(await line.state()).toBe('let through');
    expect(await line.ends({ failure: wrongKey }, call)).toBe(true);
    expect(await line.state()).toBe('set aside');
  });

  test('is not down for a conversation that alone is refused again and again', async () => {
    const line = new HoldLine();
    const call = line.call();
    const pass = await line.pass(call);
    await line.ends(answer);
    expect(pass.end({ failure: wrongKey })).toBe(true);
    await line.ends(answer);
    expect(await line.ends({ failure: wrongKey }, call)).toBe(false);
    expect(await line.ends({ failure: away }, line.call({ suspect: true }))).toBe(false);
    expect(await line.state()).toBe('let through');
  });

  test('is up again with any answer, also of a call that was made before it went down', async () => {
    const line = new HoldLine();
    const early = await line.pass();
    await line.ends({ failure: wrongKey });
    expect(await line.state()).toBe('set aside');
    early.end(answer);
    expect(await line.state()).toBe('let through');
  });

  test('that is down leaves the others alone', async () => {
    const line = new HoldLine();
    await line.ends({ failure: wrongKey });
    expect(await line.enter(line.call({ provider: 'q' }))).not.toBeInstanceOf(Error);
  });

  test('makes a call pass again that waited for its permit while it went down', async () => {
    const line = new HoldLine();
    const early = await line.pass();
    expect(early.expired?.()).toBe(false);
    await line.ends({ failure: wrongKey });
    expect(early.expired?.()).toBe(true);
  });

  test('tells which conversations have failed themselves', async () => {
    const line = new HoldLine();
    const call = line.call();
    await line.ends({ failure: wrongKey }, call);
    expect(await line.enter(call)).toMatchObject({ provider: 'p', failure: wrongKey, own: true });
    expect(await line.enter()).toMatchObject({ own: false });
  });
});

describe('while a provider is down', () => {
  async function down(holdMs?: number): Promise<HoldLine> {
    const line = new HoldLine(holdMs);
    await line.ends({ failure: wrongKey });
    return line;
  }

  test('one call finds out, the others wait for it and go on with it', async () => {
    const line = await down();
    line.holds.beginShard(waited, [standing({ held: wrongKey })]);
    const probe = await line.pass();
    const other = line.call();
    expect(await line.enter(other)).toBe('waits');
    const waiting = line.holds.enter(other);
    probe.end(answer);
    expect(await waiting).toHaveProperty('end');
    expect(line.holds.recovered([standing({ held: wrongKey })])).toEqual(['p']);
  });

  test('a probe that fails is enough: one try, and everybody is set aside again', async () => {
    const line = await down();
    line.holds.beginShard(waited, [standing({ held: wrongKey })]);
    const probe = await line.pass();
    const waiting = Promise.resolve(line.holds.enter(line.call())).catch((error: unknown) => error);
    expect(probe.end({ failure: away, retrying: true })).toBe(true);
    expect(await waiting).toBeInstanceOf(Held);
    expect(await line.state()).toBe('set aside');
    expect(line.holds.recovered([standing({ held: wrongKey })])).toEqual([]);
  });

  test('a probe that is given up leaves its place to the next call', async () => {
    const line = await down();
    line.holds.beginShard(waited, []);
    (await line.pass()).end({ notCalled: true });
    expect(await line.state()).toBe('let through');
  });

  test('a call that waits for a probe ends with its conversation', async () => {
    const line = await down();
    line.holds.beginShard(waited, []);
    await line.pass();
    const controller = new AbortController();
    const waiting = Promise.resolve(line.holds.enter(line.call({ signal: controller.signal })));
    controller.abort(new Error('cancelled'));
    await expect(waiting).rejects.toThrow('cancelled');
  });

  test('a refusal that only concerns its request shows that the provider is back', async () => {
    const line = await down();
    line.holds.beginShard(waited, []);
    (await line.pass()).end({ failure: failure('context_too_long', { status: 400 }) });
    expect(await line.state()).toBe('let through');
  });

  test('silence is no answer', async () => {
    const line = await down();
    line.holds.beginShard(waited, []);
    (await line.pass()).end({ failure: failure('call_timeout') });
    expect(await line.state()).toBe('set aside');
  });
});

describe('what the run knows of a provider', () => {
  test('spares a process that has never called it the first failure', async () => {
    const line = new HoldLine();
    line.holds.beginShard(range, [standing({ held: wrongKey })]);
    expect(await line.state()).toBe('set aside');
  });

  test('makes a process to whom it has just answered ask once', async () => {
    const line = new HoldLine();
    await line.ends(answer);
    line.holds.beginShard(range, [standing({ held: wrongKey })]);
    const probe = await line.pass();
    expect(await line.enter()).toBe('waits');
    probe.end({ failure: wrongKey });
    expect(await line.state()).toBe('set aside');
  });

  test('lets a process ask again when another one has found it up, but not for old news', async () => {
    const line = new HoldLine();
    await line.ends({ failure: wrongKey });
    line.holds.learn([standing({ releases: 0 })]);
    expect(await line.state()).toBe('set aside');
    line.holds.learn([standing({ releases: 1 })]);
    expect(await line.state()).toBe('let through');
    await line.ends({ failure: wrongKey });
    line.holds.learn([standing({ releases: 1 }), standing({ releases: 0 })]);
    expect(await line.state()).toBe('set aside');
  });

  test('ends all calls when nobody waits any longer, until it gets another chance', async () => {
    const line = new HoldLine();
    await line.ends(answer);
    const over = failure('unauthorized', { message: 'down for 10m: wrong key', lasting: true });
    line.holds.beginShard(waited, [standing({ over })]);
    expect(await line.state()).toBe('refused: down for 10m: wrong key');
    line.holds.beginShard({ kind: 'failed', sources: [0] }, [standing({ over })]);
    expect(await line.state()).toBe('refused: down for 10m: wrong key');
    line.holds.beginShard({ kind: 'failed', sources: [0] }, [standing({ releases: 1 })]);
    expect(await line.state()).toBe('let through');
  });
});

describe('where nobody waits for providers', () => {
  const evidence: [string, Failure, number][] = [
    ['a wrong key', wrongKey, 1],
    ['a spent account', failure('quota_exhausted', { status: 429 }), 1],
    ['a refusal that may be about the request', failure('unauthorized', { status: 403 }), 3],
    ['a service that is away', away, 20],
    ['a service that fails', failure('provider_unavailable', { status: 500 }), 20],
  ];
  test.each(evidence)('%s ends all further calls after enough failures in a row', async (_, found, needed) => {
    const line = new HoldLine(0);
    for (let calls = 1; calls <= needed; calls += 1) {
      expect(await line.state()).toBe('let through');
      expect(await line.ends({ failure: found })).toBe(false);
    }
    expect(await line.state()).toBe(`refused: not asked: ${found.message}`);
  });

  test('answers in between begin the count anew', async () => {
    const line = new HoldLine(0);
    for (let calls = 0; calls < 19; calls += 1) await line.ends({ failure: away });
    await line.ends(answer);
    for (let calls = 0; calls < 19; calls += 1) await line.ends({ failure: away });
    expect(await line.state()).toBe('let through');
  });

  test('refusals keep code and hint', async () => {
    const line = new HoldLine(0);
    await line.ends({ failure: wrongKey });
    expect(await line.enter()).toMatchObject({ failure: { code: 'unauthorized', hint: 'set the key', status: 401 } });
  });

  test('items that run again get one call to find out', async () => {
    const line = new HoldLine(0);
    await line.ends({ failure: wrongKey });
    line.holds.beginShard({ kind: 'deferred', sources: [0] }, []);
    const probe = await line.pass();
    expect(await line.enter()).toBe('waits');
    expect(probe.end({ failure: wrongKey })).toBe(false);
    expect(await line.state()).toBe('refused: not asked: unauthorized');
    line.holds.beginShard({ kind: 'failed', sources: [0] }, []);
    await line.ends(answer);
    expect(await line.state()).toBe('let through');
  });
});
