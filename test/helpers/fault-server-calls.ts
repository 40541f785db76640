/** Calls of the product at a server that misbehaves: through the very class that makes the calls of conversations. */
import { inspect } from 'node:util';
import { expect } from '@jest/globals';
import { Lease } from '../../activities/shard/lease.js';
import { ProviderCalls } from '../../activities/shard/provider-calls.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import type { ErrorCode, Failure } from '../../src/core/errors.js';
import { ArenaError } from '../../src/core/errors.js';
import type { Completion } from '../../src/core/provider.js';
import { createHttpProvider } from '../../src/io/providers/create-http-provider.js';
import type { HttpProvider } from '../../src/io/providers/http-provider.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { type Fault, FaultServer } from './fault-server.js';
import { streamed, whole } from './fault-server-answers.js';
import { type FaultWire, type Json, WORD } from './fault-server-wire.js';
import { ask, KEY } from './openai-calls.js';
import { waitFor } from './wait-for.js';

/** Stands in a header of every request, beside the key; neither may be seen in what is told of a failure. */
export const HEADER_SECRET = 'header-canary-0123456789abcdef';

/** What passes by itself, so that a call is tried three times in all. */
const PASSING: ReadonlySet<ErrorCode> = new Set([
  'rate_limited',
  'provider_unavailable',
  'connection_failed',
  'call_timeout',
  'stream_cut',
  'malformed_answer',
] as const);

export interface Expected {
  code: ErrorCode;
  /** Whole milliseconds, from and to, that the service asks to wait. Absent: it asks for nothing. */
  retryAfterMs?: readonly [from: number, to: number];
  hint?: RegExp;
  message?: RegExp;
  status?: number;
  /** Default: three where the failure passes by itself, else one. */
  calls?: number;
  /** Members of the provider file. */
  spec?: Json;
}

interface Outcome {
  completion?: Completion;
  error?: unknown;
  /** Milliseconds that were to be waited between tries. */
  waits: number[];
}

/** One wire format at one server. A rejection that nobody handles fails the test in any case: Jest sees to that. */
export class FaultCalls {
  private constructor(
    readonly wire: FaultWire,
    readonly server: FaultServer,
  ) {}

  static async start(wire: FaultWire): Promise<FaultCalls> {
    return new FaultCalls(wire, await FaultServer.start());
  }

  async stop(): Promise<void> {
    await this.server.close();
  }

  provider(more: Json = {}): HttpProvider {
    const spec = providerSpecSchema.parse({
      ...this.wire.spec(this.server.origin),
      headers: { 'X-Team-Token': HEADER_SECRET },
      // One connection alone: a call that kept it would stop the next one.
      http_transport: { max_conns_per_host: 1 },
      request_timeout: '20s',
      ...more,
    });
    const document = { id: 'p', spec, at: (path: readonly (string | number)[]) => `p.yaml:${path.join('.')}` };
    const env = { [this.wire.variable]: KEY };
    return createHttpProvider(document, { env, jobTimeoutMs: undefined, arenaTimeoutMs: undefined });
  }

  /** One call with its tries in place; waits are noted and left out. */
  async call(stream: boolean, more: Json = {}): Promise<Outcome> {
    const waits: number[] = [];
    const lease = new Lease({
      beat: async () => 'acknowledged',
      timeoutMs: 600_000,
      intervalMs: 600_000,
      onCancelRequested() {},
      onLost() {},
    });
    const pool = new RunPool();
    pool.add({ shard: 0, remaining: 0, begin: async () => undefined, handBack() {}, pause() {} }, 1);
    const calls = new ProviderCalls({
      pool,
      lease,
      gates: [],
      conversation: { id: 'c', onEnd() {} },
      setAside: (reason) => {
        throw reason;
      },
      untimed: (waiting) => waiting,
      signal: new AbortController().signal,
      draining: () => undefined,
      retryInPlace: true,
      canDefer: true,
      pause: async (ms) => void waits.push(ms),
    });
    const tools = [{ name: 'weather', description: 'The weather.', inputSchema: { type: 'object' } }];
    try {
      return { completion: await calls.answer(this.provider(more), ask('hello', { stream, tools })), waits };
    } catch (error) {
      return { error, waits };
    } finally {
      lease.stop();
      expect(pool.inFlight).toBe(0);
    }
  }

  /** A whole answer, as it should be. */
  good(stream: boolean): Fault {
    const { types, streams, documents, frame, last } = this.wire;
    if (!stream) return whole(JSON.stringify(documents.text), { type: types[0] });
    return streamed([...streams.text.map(frame), ...last], 'end', { type: types[1] });
  }

  /** Calls against the fault, checks what comes of it, and that the next call finds everything in order. */
  async expectFailure(fault: Fault, stream: boolean, expected: Expected): Promise<Failure> {
    const { server } = this;
    server.answer(fault);
    const startedAt = performance.now();
    const { error, waits } = await this.call(stream, expected.spec);
    const tookMs = performance.now() - startedAt;
    if (!(error instanceof ArenaError)) throw new Error(`no failure of the service: ${inspect(error)}`);
    const { failure } = error;
    const { code, retryAfterMs, hint, message, status, calls } = expected;
    expect({ ...failure }).toMatchObject({ code });
    if (hint !== undefined) expect(failure.hint).toMatch(hint);
    if (message !== undefined) expect(failure.message).toMatch(message);
    if (status !== undefined) expect(failure.status).toBe(status);
    // What does not pass says what to do.
    if (!PASSING.has(code)) expect(failure.hint).toEqual(expect.stringMatching(/./));
    expectWait(failure.retryAfterMs, retryAfterMs);
    const tries = calls ?? (PASSING.has(code) ? 3 : 1);
    expect(server.calls).toBe(tries);
    expect(waits).toHaveLength(tries - 1);
    waits.forEach((wait, n) => {
      expectWait(wait, retryAfterMs ?? [375 * 2 ** n, 625 * 2 ** n]);
    });
    const told = inspect(error, { depth: 10, showHidden: true, maxStringLength: null });
    expect(told).not.toContain(KEY);
    expect(told).not.toContain(HEADER_SECRET);
    // Far from the default time of a call, however busy the machine is.
    expect(tookMs).toBeLessThan(20_000);
    await this.expectOrder(stream);
    return failure;
  }

  /** The next call goes well, over the one connection that is then left. */
  async expectOrder(stream: boolean): Promise<void> {
    const { server } = this;
    server.answer(this.good(stream));
    const { completion } = await this.call(stream);
    expect(completion).toMatchObject({ content: WORD });
    expect(server.calls).toBe(1);
    await waitFor('closed connections', () => (server.sockets.size <= 1 ? true : undefined));
  }
}

function expectWait(ms: number | undefined, range: readonly [from: number, to: number] | undefined): void {
  if (range === undefined) {
    expect(ms).toBeUndefined();
    return;
  }
  expect(ms).toBeGreaterThanOrEqual(range[0]);
  expect(ms).toBeLessThanOrEqual(range[1]);
}
