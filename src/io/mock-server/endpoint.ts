import { hash as digest } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { Chance } from './chance.js';
import type { MockServerOptions } from './options.js';
import { type Exchange, fail, respond, tooDeep } from './respond.js';
import { Scripted, type ScriptedAnswer } from './script.js';
import { Stalls } from './stalls.js';
import { CallStats, type LoggedCall } from './stats.js';
import { type Call, type Fault, type Format, isRecord, type JsonObject, type Route } from './wire.js';

/** Longest request body that is read. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** Takes the calls of all formats: counts them, checks their keys and lets script and chance decide. */
export class ModelEndpoint {
  readonly stats: CallStats;
  private readonly stalls: Stalls;
  private readonly chance: Chance;
  private readonly scripted: Scripted;
  private readonly apiKey: string | undefined;
  private readonly countRepeats: boolean;

  constructor(options: MockServerOptions) {
    this.stats = new CallStats(options.logSize ?? 50_000);
    this.stalls = new Stalls(options.stalls ?? []);
    this.chance = new Chance(options);
    this.scripted = new Scripted(options.script ?? {});
    this.apiKey = options.apiKey;
    this.countRepeats = options.countRepeats ?? true;
  }

  /** Holds all answers for so long, from now on. */
  stall(forMs: number): void {
    this.stalls.begin(Date.now(), forMs);
  }

  accept(route: Route, query: URLSearchParams, request: IncomingMessage, response: ServerResponse): void {
    const entry = this.stats.begin(route.name);
    const chunks: Buffer[] = [];
    let bytes = 0;
    response.on('close', () => this.stats.end(entry, response.headersSent ? response.statusCode : 0, true));
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_REQUEST_BYTES) response.destroy();
      else chunks.push(chunk);
    });
    request.on('end', () => {
      const [first] = chunks;
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      this.answer(entry, route, query, request, response, body);
    });
  }

  private answer(
    entry: LoggedCall,
    route: Route,
    query: URLSearchParams,
    { headers }: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): void {
    const hash = this.countRepeats ? digest('sha256', body, 'hex').slice(0, 16) : '';
    if (this.countRepeats) this.stats.body(entry, hash);
    const settle = (status: number, aborted: boolean): void => this.stats.end(entry, status, aborted);
    const exchange = { response, route, hash, requestBytes: body.length, settle };
    const { format, platform } = route;
    const request = parsed(body);
    const refused = this.refusal(route, headers, query) ?? platform.missing?.(headers, query, request);
    const call = refused ?? read(format, request, route.model);
    if ('status' in call) {
      this.send(exchange, call, {});
      return;
    }
    const answer = this.chance.failure() ?? this.scripted.answer(call) ?? {};
    const delay = answer.delay_ms ?? this.chance.latencyMs();
    if (delay > 0) setTimeout(() => this.send(exchange, call, answer), delay).unref();
    else this.send(exchange, call, answer);
  }

  /** Answers once no stall holds it. */
  private send(exchange: Exchange, call: Call | Fault, answer: ScriptedAnswer): void {
    const heldMs = this.stalls.leftMs(Date.now(), this.stats.firstCallAt);
    // A timer may be a little early, and another stall may have begun.
    if (heldMs > 0) setTimeout(() => this.send(exchange, call, answer), heldMs).unref();
    else if ('status' in call) fail(exchange, call);
    else respond(exchange, call, answer);
  }

  private refusal({ platform }: Route, headers: IncomingHttpHeaders, query: URLSearchParams): Fault | undefined {
    if (this.apiKey === undefined) return undefined;
    const keys = platform.keys(headers, query);
    if (keys.includes(this.apiKey)) return undefined;
    return platform.denied(keys.some((key) => key !== undefined));
  }
}

/** What is no JSON object reads as an empty one, which every format misses something in. */
function parsed(body: Buffer): JsonObject {
  try {
    const request: unknown = JSON.parse(body.toString('utf8'));
    return isRecord(request) ? request : {};
  } catch {
    return {};
  }
}

function read(format: Format, request: JsonObject, model: string | undefined): Call | Fault {
  try {
    const call = format.read(request, model);
    return typeof call === 'string' ? { status: 400, message: call } : call;
  } catch (error) {
    return tooDeep(error);
  }
}
