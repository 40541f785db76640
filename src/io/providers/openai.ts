/** Providers that speak OpenAI's chat completions: OpenAI itself, Ollama, vLLM, and whoever else serves that protocol. */
import { ArenaError } from '../../core/errors.js';
import type { CompleteOptions, Completion, CompletionRequest, Provider } from '../../core/provider.js';
import type { ProviderSpec } from '../../schema/provider.js';
import { type FailedCall, failureOfStatus } from './answer-failure.js';
import { type AnswerReader, DocumentReader, type ReadAnswer, StreamReader } from './answer-reader.js';
import { type ChatRequestSettings, chatRequestBody } from './chat-request.js';
import { completionOf } from './completion.js';
import { type Connections, connectionsTo } from './connections.js';
import { answerScrubberOf, type Credential, scrubberOf } from './credential.js';
import { exchange } from './http-exchange.js';
import { costUsd } from './pricing.js';

export interface OpenAiProviderOptions {
  id: string;
  spec: ProviderSpec;
  /** Calls go to `/chat/completions` below it. */
  baseUrl: URL;
  credential: Credential;
  /** Whether the service answers nobody without a key, so that a call without one is not even tried. */
  keyRequired: boolean;
  chat: ChatRequestSettings;
  timeoutMs: number;
  idleTimeoutMs: number;
}

/** Headers and scrubber that go with one key. */
interface Keyed {
  key: string | undefined;
  headers: string[];
  failed: FailedCall;
  scrubAnswer: <T>(answer: T) => T;
}

export class OpenAiProvider implements Provider {
  readonly id: string;
  readonly local = false;
  private readonly path: string;
  private readonly connections: Connections;
  private keyed: Keyed | undefined;

  constructor(private readonly options: OpenAiProviderOptions) {
    const { id, baseUrl } = options;
    this.id = id;
    this.path = `${baseUrl.pathname.replace(/\/+$/, '')}/chat/completions${baseUrl.search}`;
    this.connections = connectionsTo(baseUrl.origin);
  }

  /** One await on the usual way: with hundreds of calls in flight each promise more is felt. */
  async complete(request: CompletionRequest, { signal }: CompleteOptions): Promise<Completion> {
    const { chat, timeoutMs, idleTimeoutMs } = this.options;
    const { headers, failed, scrubAnswer } = this.withKey();
    const reader: AnswerReader = request.stream === true ? new StreamReader(failed) : new DocumentReader(failed);
    const body = chatRequestBody(request, chat);
    const startedAt = performance.now();
    const received = await exchange(this.connections, {
      path: this.path,
      headers,
      body,
      signal,
      timeoutMs,
      idleTimeoutMs,
      maxBytes: reader.maxBytes,
      onChunk: reader.onChunk,
    });
    const latencyMs = performance.now() - startedAt;
    if (received.status < 200 || received.status > 299) throw new ArenaError(failureOfStatus(received, failed));
    return scrubAnswer(this.completion(reader.read(received), startedAt, latencyMs));
  }

  private completion(read: ReadAnswer, startedAt: number, latencyMs: number): Completion {
    const { spec, chat } = this.options;
    const completion = completionOf(read.answer, latencyMs);
    const cost = costUsd(spec, chat.model, read.answer.usage);
    if (cost !== undefined) completion.costUsd = cost;
    if (read.firstTokenAt !== undefined) completion.ttftMs = read.firstTokenAt - startedAt;
    if (spec.include_raw_output === true) completion.raw = read.raw;
    return completion;
  }

  private withKey(): Keyed {
    const { credential, keyRequired } = this.options;
    const key = credential.key();
    if (key === undefined && keyRequired) {
      const message = `Provider ${this.id} has no key.`;
      throw new ArenaError({ code: 'unauthorized', message, hint: credential.hint() });
    }
    if (this.keyed === undefined || this.keyed.key !== key) this.keyed = this.prepareCalls(key);
    return this.keyed;
  }

  private prepareCalls(key: string | undefined): Keyed {
    const { credential, spec, chat, baseUrl } = this.options;
    const own = spec.headers ?? {};
    const given = new Set(Object.keys(own).map((name) => name.toLowerCase()));
    const headers = ['content-type', 'application/json'];
    if (key !== undefined && !given.has('authorization')) headers.push('authorization', `Bearer ${key}`);
    for (const [name, value] of Object.entries(own)) {
      if (name.toLowerCase() !== 'content-type') headers.push(name, value);
    }
    const url = `${baseUrl.origin}${this.path}`;
    const failed = { model: chat.model, url, credentialHint: credential.hint(), scrub: scrubberOf(key, own) };
    return { key, headers, failed, scrubAnswer: answerScrubberOf(key, own) };
  }
}
