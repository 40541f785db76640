import { jest } from '@jest/globals';
import { type PacedProvider, ProcessLimits } from '../../activities/limits/process-limits.js';
import type { CallEnd, CallGate, GatedCall, Pass } from '../../activities/shard/call-gate.js';
import { type LimiterState, lease, newLimiter } from '../../src/core/limiter.js';
import { type Limit, limitsOf, type WrittenLimits } from '../../src/core/limiter-limits.js';
import type { LeaseAsk, LimitedKey } from '../../src/core/limiter-messages.js';
import type { CompletionRequest } from '../../src/core/provider.js';

export const KEY: LimitedKey = { service: 'https://api.test', keyFrom: 'variable KEY' };

/** A limiter without Temporal: an ask takes 40 ms, and 30 more until its answer is there. */
export class TestLimiter {
  state: LimiterState | undefined;
  asks: LeaseAsk[] = [];
  /** What asks fail with. */
  down: Error | undefined;

  ask = async (key: LimitedKey, ask: LeaseAsk) => {
    const sentAt = performance.now();
    this.asks.push(ask);
    await after(40);
    if (this.down !== undefined) throw this.down;
    this.state ??= newLimiter(key, Date.now());
    const answer = lease(this.state, structuredClone(ask), Date.now());
    await after(30);
    return { lease: structuredClone(answer), sentAt, receivedAt: performance.now() };
  };
}

export interface PacedOptions {
  limits?: WrittenLimits | Limit[];
  streams?: number;
  key?: LimitedKey;
}

/** One worker process, as far as paces go. Needs fake timers. */
export class PacedProcess {
  private readonly limits: ProcessLimits;

  constructor(limiter: TestLimiter, worker = 'w') {
    this.limits = new ProcessLimits({ worker, ask: limiter.ask });
  }

  /** A run with one provider. */
  run({ limits, streams = 0, key = KEY }: PacedOptions = {}): PacedCalls {
    const provider: PacedProvider = { key, streams, limits: Array.isArray(limits) ? limits : limitsOf(limits) };
    return new PacedCalls(this.limits.gates(new Map([['model', provider]])));
  }
}

export interface CallOptions {
  latencyMs?: number;
  end?: CallEnd;
  stream?: boolean;
  says?: string;
  signal?: AbortSignal;
  /** Default: true. */
  patient?: boolean;
}

const DONE: CallEnd = { completion: { content: 'ok', latencyMs: 1 } };

/** Calls of one provider that pass its gates as those of conversations do. */
export class PacedCalls {
  /** When calls were let through, in milliseconds since the epoch. */
  readonly times: number[] = [];
  inFlight = 0;
  peak = 0;

  constructor(private readonly gates: CallGate[]) {}

  /** One call, made once. Answers whether it is to be made again without counting as a try. */
  async call({
    latencyMs = 0,
    end = DONE,
    stream,
    says = 'hello',
    signal,
    patient,
  }: CallOptions = {}): Promise<boolean> {
    const passes = await this.enter(requestOf(says, stream), signal ?? new AbortController().signal, patient);
    this.times.push(Date.now());
    this.inFlight += 1;
    this.peak = Math.max(this.peak, this.inFlight);
    if (latencyMs > 0) await after(latencyMs);
    this.inFlight -= 1;
    return passes.map((pass) => pass.end(end)).includes(true);
  }

  async enter(request: CompletionRequest, signal: AbortSignal, patient = true): Promise<Pass[]> {
    for (;;) {
      const passes: Pass[] = [];
      for (const gate of this.gates) {
        const pass = await gate.enter(gatedCall(request, signal, patient));
        if (pass !== undefined) passes.push(pass);
      }
      if (!passes.some((pass) => pass.expired?.())) return passes;
      for (const pass of passes) pass.end({ notCalled: true });
    }
  }

  /** So many conversations, each with one call after the other, for so long. */
  async converse(conversations: number, forMs: number, options: CallOptions = {}): Promise<void> {
    const until = Date.now() + forMs;
    const talk = async () => {
      while (Date.now() < until) await this.call(options);
    };
    await Promise.all(Array.from({ length: conversations }, talk));
  }
}

function gatedCall(request: CompletionRequest, signal: AbortSignal, patient: boolean): GatedCall {
  return {
    provider: 'model',
    request,
    signal,
    suspect: false,
    patient,
    setAside: (reason) => {
      throw reason;
    },
  };
}

function requestOf(says: string, stream?: boolean): CompletionRequest {
  const messages = [{ role: 'user' as const, content: says }];
  return { messages, parameters: {}, stream, context: { scenario: 's', provider: 'model' } };
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Lets that much time pass at once. */
export async function pass(ms: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(ms);
}
