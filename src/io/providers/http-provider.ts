/** A model behind HTTP: one wire format, one address, one caller. */
import { ArenaError } from '../../core/errors.js';
import type { CacheKey, CompleteOptions, Completion, CompletionRequest, Provider } from '../../core/provider.js';
import type { ProviderSpec } from '../../schema/provider.js';
import { type FailedCall, failureOfStatus } from './answer-failure.js';
import { type AnswerReader, DocumentReader, type ReadAnswer, StreamReader } from './answer-reader.js';
import type { Authenticator, Caller } from './auth/authenticator.js';
import { cacheKeyOf } from './cache-key.js';
import { completionOf } from './completion.js';
import type { Connections } from './connections.js';
import { exchange, type HttpAnswer } from './http-exchange.js';
import { costUsd } from './pricing.js';
import { queryScrubber, shownAddress } from './shown-address.js';
import type { StreamRetry, Underway } from './stream-retry.js';
import { loadFraming } from './wires/framing.js';
import type { Wire } from './wires/wire.js';

export interface HttpProviderOptions {
  id: string;
  spec: ProviderSpec;
  /** Model name as the service knows it. */
  model: string;
  /** To scheme, host and port; the path is the wire's affair. */
  connections: Connections;
  wire: Wire;
  auth: Authenticator;
  /** Headers of the provider file, without those that the wire sets itself; names and values in turn. */
  headers: readonly string[];
  /** What requests become before they are written. */
  parameters: ((request: CompletionRequest) => CompletionRequest) | undefined;
  /** Starts broken streams again; undefined: nobody does. */
  streamRetry: StreamRetry | undefined;
  /** What to do when there is no such model. Default: the wire's word. */
  missingModelHint?: string;
  timeoutMs: number;
  idleTimeoutMs: number;
}

/** What goes with one caller: complete headers, and how failures of the call are told. */
interface Keyed {
  caller: Caller;
  headers: string[];
  failed: [document: FailedCall, stream: FailedCall];
}

export class HttpProvider implements Provider {
  readonly id: string;
  readonly local = false;
  private readonly headers: readonly string[];
  private readonly paths: readonly [document: string, stream: string];
  private readonly urls: readonly [document: URL, stream: URL];
  /** As people may read them. */
  private readonly shown: readonly [document: string, stream: string];
  private readonly scrubQuery: (text: string) => string;
  private keyed: Keyed | undefined;

  constructor(private readonly options: HttpProviderOptions) {
    const { id, connections, wire, headers } = options;
    const { origin } = connections;
    this.id = id;
    this.headers = ['content-type', 'application/json', ...wire.headers, ...headers];
    this.paths = [wire.path(false), wire.path(true)];
    this.urls = [new URL(this.paths[0], origin), new URL(this.paths[1], origin)];
    this.shown = [shownAddress(this.urls[0]), shownAddress(this.urls[1])];
    this.scrubQuery = queryScrubber(this.urls[0]);
  }

  complete(request: CompletionRequest, options: CompleteOptions): Promise<Completion> {
    const { streamRetry } = this.options;
    if (streamRetry === undefined || request.stream !== true) return this.call(request, options, true);
    return streamRetry.run((underway) => this.call(request, options, true, underway), options);
  }

  cacheKey(request: CompletionRequest): CacheKey {
    const { spec, wire, parameters } = this.options;
    const asked = parameters === undefined ? request : parameters(request);
    return cacheKeyOf({
      spec,
      url: this.urls[request.stream === true ? 1 : 0],
      headers: this.headers,
      body: wire.body(asked),
      temperature: asked.parameters.temperature,
    });
  }

  /**
   * One await on the usual way: with hundreds of calls in flight each promise more is felt. `mayRenew`: credentials that
   * are refused may have changed meanwhile; then the call is made again with the new ones. `underway` is told how far
   * the call came, for when it breaks.
   */
  private async call(
    request: CompletionRequest,
    options: CompleteOptions,
    mayRenew: boolean,
    underway?: Underway,
  ): Promise<Completion> {
    const { wire, auth, connections, parameters, timeoutMs, idleTimeoutMs } = this.options;
    const place = request.stream === true ? 1 : 0;
    const body = wire.body(parameters === undefined ? request : parameters(request));
    const known = auth.caller({ method: 'POST', url: this.urls[place], headers: this.headers, body });
    const caller = known instanceof Promise ? await known : known;
    const { headers, failed } = this.withCaller(caller);
    const loading = place === 1 ? loadFraming(wire.framing) : undefined;
    if (loading !== undefined) await loading;
    const reader: AnswerReader = place === 1 ? new StreamReader(wire, failed[1]) : new DocumentReader(wire, failed[0]);
    if (underway !== undefined) underway.reader = reader;
    const askedAt = performance.now();
    const received = await exchange(connections, {
      path: this.paths[place],
      headers,
      body,
      signal: options.signal,
      untimed: options.untimed,
      timeoutMs,
      idleTimeoutMs,
      maxBytes: reader.maxBytes,
      onChunk: reader.onChunk,
      isWhole: reader.isWhole,
    });
    const startedAt = askedAt + received.waitedMs;
    const latencyMs = performance.now() - startedAt;
    if (isFailure(received)) {
      const failure = failureOfStatus(received, failed[place]);
      const isRefused = mayRenew && failure.code === 'unauthorized';
      if (isRefused && (await auth.renew?.(caller))) return this.call(request, options, false, underway);
      throw new ArenaError(failure);
    }
    const completion = this.completion(reader.read(received), startedAt, latencyMs);
    if (received.waitedMs > 0) completion.waitMs = received.waitedMs;
    return caller.scrubAnswer(completion);
  }

  private completion(read: ReadAnswer, startedAt: number, latencyMs: number): Completion {
    const { spec, model } = this.options;
    const completion = completionOf(read.answer, latencyMs);
    const cost = costUsd(spec, model, read.answer.usage);
    if (cost !== undefined) completion.costUsd = cost;
    if (read.firstTokenAt !== undefined) completion.ttftMs = read.firstTokenAt - startedAt;
    if (spec.include_raw_output === true) completion.raw = read.raw;
    return completion;
  }

  /** The caller is the same object until its credentials change, unless each request is signed. */
  private withCaller(caller: Caller): Keyed {
    if (this.keyed?.caller === caller) return this.keyed;
    const { model, auth, wire } = this.options;
    const missingModelHint =
      this.options.missingModelHint ?? wire.missingModelHint ?? `check model "${model}" and base_url of the provider`;
    const call = (url: string): FailedCall => ({
      missingModelHint,
      url,
      credentialHint: auth.hint(),
      scrub: (text) => caller.scrub(this.scrubQuery(text)),
    });
    this.keyed = {
      caller,
      headers: [...this.headers, ...caller.headers],
      failed: [call(this.shown[0]), call(this.shown[1])],
    };
    return this.keyed;
  }
}

function isFailure({ status }: HttpAnswer): boolean {
  return status < 200 || status > 299;
}
