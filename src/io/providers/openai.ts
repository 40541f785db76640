/** Providers that speak OpenAI's chat completions: OpenAI itself, Ollama, vLLM, and whoever else serves that protocol. */
import type { JsonValue } from '../../core/conversation.js';
import { ArenaError, type Failure } from '../../core/errors.js';
import type { CompleteOptions, Completion, CompletionRequest, Provider } from '../../core/provider.js';
import type { ProviderSpec } from '../../schema/provider.js';
import { excerpt, type FailedCall, failureOfErrorObject, failureOfStatus } from './answer-failure.js';
import { type ChatRequestSettings, chatRequestBody } from './chat-request.js';
import { ChatStream } from './chat-stream.js';
import { readCompletion, type WireAnswer } from './chat-wire.js';
import { completionOf } from './completion.js';
import { connectionsTo } from './connections.js';
import { type Credential, scrubberOf } from './credential.js';
import { exchange, type HttpAnswer, type HttpRequest } from './http-exchange.js';
import { costUsd } from './pricing.js';

/** Longest answer, tool calls included. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** A streamed answer wraps each token in about a hundred times its bytes; the text itself has the limit above. */
const MAX_STREAM_BYTES = 16 * MAX_ANSWER_BYTES;

export interface OpenAiProviderOptions {
  id: string;
  spec: ProviderSpec;
  /** Base URL, without a slash at its end. */
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
}

export class OpenAiProvider implements Provider {
  readonly id: string;
  readonly local = false;
  private readonly path: string;
  private keyed: Keyed | undefined;

  constructor(private readonly options: OpenAiProviderOptions) {
    this.id = options.id;
    this.path = `${options.baseUrl.pathname.replace(/\/+$/, '')}/chat/completions${options.baseUrl.search}`;
  }

  async complete(request: CompletionRequest, { signal }: CompleteOptions): Promise<Completion> {
    const { options } = this;
    const keyed = await this.withKey();
    const startedAt = performance.now();
    const http: HttpRequest = {
      path: this.path,
      headers: keyed.headers,
      body: chatRequestBody(request, options.chat),
      signal,
      timeoutMs: options.timeoutMs,
      idleTimeoutMs: options.idleTimeoutMs,
      maxBytes: MAX_ANSWER_BYTES,
    };
    const { answer, ttftMs, raw } =
      request.stream === true
        ? await this.callStreaming(http, keyed.failed, startedAt)
        : await this.call(http, keyed.failed);
    const completion = completionOf(answer, performance.now() - startedAt);
    const cost = costUsd(options.spec, options.chat.model, answer.usage);
    if (cost !== undefined) completion.costUsd = cost;
    if (ttftMs !== undefined) completion.ttftMs = ttftMs;
    if (raw !== undefined) completion.raw = raw;
    return completion;
  }

  private async call(http: HttpRequest, failed: FailedCall): Promise<Called> {
    const received = await exchange(connectionsTo(this.options.baseUrl.origin), http);
    return this.readDocument(received, failed);
  }

  private async callStreaming(http: HttpRequest, failed: FailedCall, startedAt: number): Promise<Called> {
    let ttftMs: number | undefined;
    const stream = new ChatStream({
      maxBytes: MAX_ANSWER_BYTES,
      onFirstToken: () => {
        ttftMs = performance.now() - startedAt;
      },
      onError: (chunk) => throwIfError(chunk, failed),
    });
    const onChunk = (chunk: Buffer): void => stream.push(chunk);
    const connections = connectionsTo(this.options.baseUrl.origin);
    const received = await exchange(connections, { ...http, maxBytes: MAX_STREAM_BYTES, onChunk });
    throwIfFailed(received, failed);
    const answer = stream.finish();
    return { answer, ttftMs, raw: this.options.spec.include_raw_output === true ? rawOf(answer) : undefined };
  }

  private readDocument(received: HttpAnswer, failed: FailedCall): Called {
    throwIfFailed(received, failed);
    let document: JsonValue;
    try {
      document = JSON.parse(received.body);
    } catch {
      const start = excerpt(received.body, failed.scrub);
      throw malformed(received.status, `${failed.url} answered with something that is not JSON: ${start}`);
    }
    throwIfError(document, failed);
    const answer = readCompletion(document);
    if (answer === undefined)
      throw malformed(received.status, `${failed.url} answered with JSON that holds no choice.`);
    return { answer, raw: this.options.spec.include_raw_output === true ? document : undefined };
  }

  private async withKey(): Promise<Keyed> {
    const { credential, keyRequired, spec, chat, baseUrl } = this.options;
    const key = await credential.key();
    if (key === undefined && keyRequired) {
      const message = `Provider ${this.id} has no key.`;
      throw new ArenaError({ code: 'unauthorized', message, hint: credential.hint() });
    }
    if (this.keyed !== undefined && this.keyed.key === key) return this.keyed;
    const own = spec.headers ?? {};
    const given = new Set(Object.keys(own).map((name) => name.toLowerCase()));
    const headers = ['content-type', 'application/json'];
    if (key !== undefined && !given.has('authorization')) headers.push('authorization', `Bearer ${key}`);
    for (const [name, value] of Object.entries(own)) {
      if (name.toLowerCase() !== 'content-type') headers.push(name, value);
    }
    const url = `${baseUrl.origin}${this.path}`;
    const failed = { model: chat.model, url, credentialHint: credential.hint(), scrub: scrubberOf(key, own) };
    this.keyed = { key, headers, failed };
    return this.keyed;
  }
}

interface Called {
  answer: WireAnswer;
  ttftMs?: number | undefined;
  raw?: JsonValue | undefined;
}

function throwIfFailed(received: HttpAnswer, failed: FailedCall): void {
  if (received.status >= 200 && received.status < 300) return;
  throw new ArenaError(failureOfStatus(received, failed));
}

function throwIfError(value: unknown, failed: FailedCall): void {
  const failure = failureOfErrorObject(value, failed);
  if (failure !== undefined) throw new ArenaError(failure);
}

function malformed(status: number, message: string): ArenaError {
  const failure: Failure = { code: 'malformed_answer', message, status };
  failure.hint = 'check that base_url of the provider is the address of an OpenAI-compatible API';
  return new ArenaError(failure);
}

/** A stream has no one body; what was put together from it stands for it. */
function rawOf({ content, refusal, toolCalls, finishReason }: WireAnswer): JsonValue {
  const calls = toolCalls.map((call) => ({ ...call }));
  return { content, refusal, tool_calls: calls, finish_reason: finishReason ?? null };
}
