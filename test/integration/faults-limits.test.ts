/** How services ask to be left alone for a while, in every form, and what becomes of the call meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Bytes, whole } from '../helpers/fault-server-answers.js';
import { type Expected, FaultCalls } from '../helpers/fault-server-calls.js';
import { errorOf, type Trouble } from '../helpers/fault-server-errors.js';
import { WIRES } from '../helpers/fault-server-wires.js';

type Headers = { [name: string]: string };

const inMs = (ms: number): Date => new Date(Date.now() + ms);
const httpDate = (ms: number): string => inMs(ms).toUTCString();
const rfc3339 = (ms: number): string =>
  inMs(ms)
    .toISOString()
    .replace(/\.\d+Z$/, 'Z');

/** Dates have whole seconds, and the machine takes its time. */
const about = (ms: number): [number, number] => [Math.max(0, ms - 3000), ms];

interface Wish {
  name: string;
  headers: () => Headers;
  wait: readonly [number, number] | undefined;
  /** Wires that know it; all when absent. */
  of?: readonly string[];
}

const OPENAI = ['openai chat', 'openai responses'];

const WISHES: Wish[] = [
  { name: 'no wish', headers: () => ({}), wait: undefined },
  { name: 'seconds', headers: () => ({ 'Retry-After': '7' }), wait: [7000, 7000] },
  { name: 'no seconds at all', headers: () => ({ 'Retry-After': '0' }), wait: [0, 0] },
  { name: 'parts of seconds', headers: () => ({ 'Retry-After': '1.5' }), wait: [1500, 1500] },
  { name: 'a date', headers: () => ({ 'Retry-After': httpDate(8000) }), wait: about(8000) },
  { name: 'a date that has passed', headers: () => ({ 'Retry-After': httpDate(-60_000) }), wait: [0, 0] },
  { name: 'milliseconds', headers: () => ({ 'retry-after-ms': '250' }), wait: [250, 250] },
  {
    name: 'milliseconds beside seconds',
    headers: () => ({ 'retry-after-ms': '1200', 'Retry-After': '2' }),
    wait: [1200, 1200],
  },
  { name: 'nonsense', headers: () => ({ 'Retry-After': 'soon', 'retry-after-ms': 'x' }), wait: undefined },
  { name: 'a negative number', headers: () => ({ 'Retry-After': '-5' }), wait: undefined },
  {
    name: 'limits that are full again at a time',
    headers: () => ({
      'anthropic-ratelimit-requests-remaining': '40',
      'anthropic-ratelimit-requests-reset': rfc3339(60_000),
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': rfc3339(9000),
    }),
    wait: about(9000),
    of: ['anthropic'],
  },
  {
    name: 'limits that are full again after a while',
    headers: () => ({
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '12ms',
      'x-ratelimit-remaining-tokens': '0',
      'x-ratelimit-reset-tokens': '6.5s',
    }),
    wait: [6500, 6500],
    of: OPENAI,
  },
  {
    name: 'a wish that is finer than its limits',
    headers: () => ({
      'Retry-After': '3',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '1m0s',
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': rfc3339(60_000),
    }),
    wait: [3000, 3000],
  },
];

/** Beyond ten seconds the conversation goes behind the timer of the workflow, so that nothing is tried in place. */
const LONG: Wish[] = [
  { name: 'many seconds', headers: () => ({ 'Retry-After': '11' }), wait: [11_000, 11_000] },
  { name: 'a far date', headers: () => ({ 'Retry-After': httpDate(90_000) }), wait: about(90_000) },
  { name: 'more than an hour', headers: () => ({ 'Retry-After': '999999' }), wait: [3_600_000, 3_600_000] },
  {
    name: 'a limit that is full again in minutes',
    headers: () => ({ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6m0s' }),
    wait: [360_000, 360_000],
    of: OPENAI,
  },
];

const of = (name: string, wishes: readonly Wish[]): Wish[] =>
  wishes.filter(({ of: wires }) => wires?.includes(name) ?? true);

describe.each(WIRES.map((wire) => [wire.name, wire] as const))('%s', (name, wire) => {
  let calls: FaultCalls;
  beforeAll(async () => {
    calls = await FaultCalls.start(wire);
  });
  afterAll(() => calls.stop());

  const asking = (trouble: Trouble, more: Headers): { bytes: Bytes; status: number; headers: Headers } => {
    const { status, body, headers } = errorOf(name, trouble);
    return { bytes: JSON.stringify(body), status, headers: { ...headers, ...more } };
  };

  describe.each([
    ['whole', false],
    ['streamed', true],
  ])('%s', (_, stream) => {
    test.each([
      ['busy', 'rate_limited'],
      ['overloaded', 'provider_unavailable'],
    ] as const)('%s, and tried in place as it asks', async (trouble, code) => {
      for (const { headers, wait } of of(name, WISHES)) {
        const { bytes, ...options } = asking(trouble, headers());
        const failure = await calls.expectFailure(whole(bytes, options), stream, { code, retryAfterMs: wait });
        expect(failure.status).toBe(options.status);
      }
    });

    test.each([
      ['busy', 'rate_limited'],
      ['overloaded', 'provider_unavailable'],
    ] as const)('%s for so long that nothing is tried in place', async (trouble, code) => {
      for (const { headers, wait } of of(name, LONG)) {
        const { bytes, ...options } = asking(trouble, headers());
        await calls.expectFailure(whole(bytes, options), stream, { code, retryAfterMs: wait, calls: 1 });
      }
    });

    test('a refusal that does not pass has no time after which it does', async () => {
      for (const trouble of ['wrong key', 'bad request', 'no credit', 'too long'] as const) {
        const { bytes, ...options } = asking(trouble, { 'Retry-After': '2' });
        const server = calls.server;
        server.answer(whole(bytes, options));
        const { error, waits } = await calls.call(stream);
        expect({ error, waits, calls: server.calls }).toMatchObject({ error: { failure: {} }, waits: [], calls: 1 });
        expect(error).not.toHaveProperty('failure.retryAfterMs');
      }
    });

    test('once or twice, and then answered', async () => {
      const { bytes, ...options } = asking('busy', { 'retry-after-ms': '40' });
      for (const times of [1, 2]) {
        calls.server.answer(calls.good(stream), ...Array.from({ length: times }, () => whole(bytes, options)));
        const { completion, waits } = await calls.call(stream);
        expect(completion).toMatchObject({ content: 'Grüße' });
        expect(completion?.latencyMs).toBeLessThan(5000);
        expect(waits).toEqual(Array.from({ length: times }, () => 40));
        expect(calls.server.calls).toBe(times + 1);
      }
    });
  });
});

describe('Google’s own wish', () => {
  const [gemini] = WIRES.filter(({ name }) => name === 'gemini');
  let calls: FaultCalls;
  beforeAll(async () => {
    if (gemini === undefined) throw new Error('there is no gemini');
    calls = await FaultCalls.start(gemini);
  });
  afterAll(() => calls.stop());

  const error = (retryDelay: string): string =>
    JSON.stringify({
      error: {
        code: 429,
        message: 'Resource has been exhausted.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay }],
      },
    });

  test.each<[delay: string, expected: Omit<Expected, 'code'>]>([
    ['3s', { retryAfterMs: [3000, 3000] }],
    ['0.25s', { retryAfterMs: [250, 250] }],
    ['37.5s', { retryAfterMs: [37_500, 37_500], calls: 1 }],
    ['soon', {}],
  ])('to wait %s is heard, whole or streamed', async (delay, expected) => {
    for (const stream of [false, true]) {
      // A stream that is refused is a list of one error.
      for (const body of [error(delay), `[${error(delay)}]`]) {
        await calls.expectFailure(whole(body, { status: 429 }), stream, { code: 'rate_limited', ...expected });
      }
    }
  });
});
