/** Sends one answer of the mock server, well or ill as the script says. */
import type { ServerResponse } from 'node:http';
import { textOfEvent } from './framing.js';
import { replyOf } from './reply.js';
import type { ScriptedAnswer } from './script.js';
import type { Call, Fault, Frame, Headers, Route, WireEvent } from './wire.js';

/** A request that waits for its answer. `settle` is called before the last byte goes out. */
export interface Exchange {
  response: ServerResponse;
  route: Route;
  hash: string;
  requestBytes: number;
  settle(status: number, aborted: boolean): void;
}

export function respond(exchange: Exchange, call: Call, answer: ScriptedAnswer): void {
  if (exchange.response.destroyed) return;
  try {
    answerCall(exchange, call, answer);
  } catch (error) {
    fail(exchange, tooDeep(error));
  }
}

/** A body deeper than the stack can be parsed, but not written again, as some answers do. Other errors are thrown on. */
export function tooDeep(error: unknown): Fault {
  if (!(error instanceof RangeError)) throw error;
  return { status: 400, message: 'The body is nested too deeply.' };
}

function answerCall(exchange: Exchange, call: Call, answer: ScriptedAnswer): void {
  const { response, route } = exchange;
  const streamed = route.stream ?? call.stream;
  const status = answer.status ?? (answer.error !== undefined && !streamed ? failureStatus(exchange, answer) : 200);
  if (answer.cut === 'connection') {
    exchange.settle(0, true);
    response.destroy();
  } else if (answer.body !== undefined) {
    send(exchange, answer, status, typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  } else if (status >= 300 || (answer.error !== undefined && !streamed)) {
    fail(exchange, faultOf(exchange, answer, status), answer, streamed);
  } else if (streamed) {
    stream(exchange, call, answer, status);
  } else {
    const reply = replyOf(call, answer, exchange.hash, call.model, exchange.requestBytes);
    const text = JSON.stringify(route.format.document(call, reply));
    send(exchange, answer, status, answer.malformed === true ? text.slice(0, text.length >> 1) : text);
  }
}

/** Sends a failure in the platform's words. */
export function fail(exchange: Exchange, fault: Fault, answer: ScriptedAnswer = {}, streamed = false): void {
  const { platform, framing } = exchange.route;
  const body = platform.errorBody(fault);
  const wrapped = streamed ? (framing.errorDocument?.(body) ?? body) : body;
  send(exchange, answer, fault.status, JSON.stringify(wrapped), platform.errorHeaders?.(fault));
}

function faultOf({ route }: Exchange, { error, text, retry_after: wait }: ScriptedAnswer, status: number): Fault {
  return {
    ...error,
    status,
    message: error?.message ?? text ?? `Scripted status ${status}.`,
    retryAfterSeconds: route.platform.saysRetryInBody && typeof wait === 'number' ? wait : undefined,
  };
}

/** The status of a failure for which the script gives none. */
function failureStatus({ route: { platform } }: Exchange, { error }: ScriptedAnswer): number {
  return (error?.type === undefined ? undefined : platform.statusOf?.(error.type)) ?? 500;
}

function headersOf({ route: { platform }, hash }: Exchange, answer: ScriptedAnswer, type: string): Headers {
  const headers: Headers = { 'content-type': type };
  if (platform.requestIdHeader !== undefined) headers[platform.requestIdHeader] = `req_${hash}`;
  const { rate_limit: limit, retry_after: wait } = answer;
  if (limit !== undefined) Object.assign(headers, platform.rateLimitHeaders?.(limit, Date.now()));
  Object.assign(headers, answer.headers);
  const inBody = platform.saysRetryInBody === true && typeof wait === 'number';
  if (wait !== undefined && !inBody) headers['retry-after'] = String(wait);
  return headers;
}

function send(exchange: Exchange, answer: ScriptedAnswer, status: number, text: string, more?: Headers): void {
  const { response } = exchange;
  const own = { ...more, ...headersOf(exchange, answer, 'application/json') };
  own['content-length'] = Buffer.byteLength(text);
  response.writeHead(status, own);
  const half = text.slice(0, text.length >> 1);
  if (answer.cut === 'body') {
    writeAndCut(exchange, status, half);
  } else if (answer.hang === true) {
    response.write(half);
  } else {
    exchange.settle(status, false);
    response.end(text);
  }
}

/** Destroys the connection once the text has left. */
function writeAndCut({ response, settle }: Exchange, status: number, text: Frame): void {
  response.write(text, () => {
    settle(status, true);
    response.destroy();
  });
}

function stream(exchange: Exchange, call: Call, answer: ScriptedAnswer, status: number): void {
  const frames = exchange.route.framing.frame(eventsOf(exchange, call, answer));
  if (!(frames instanceof Promise)) {
    sendFrames(exchange, answer, status, frames);
    return;
  }
  frames.then(
    (found) => sendFrames(exchange, answer, status, found),
    (error: unknown) =>
      fail(exchange, { status: 500, message: `The mock server cannot stream in this form: ${error}` }),
  );
}

function eventsOf(exchange: Exchange, call: Call, answer: ScriptedAnswer): WireEvent[] {
  const { format, platform } = exchange.route;
  const reply = replyOf(call, answer, exchange.hash, call.model, exchange.requestBytes);
  const events = format.events?.(call, reply) ?? [];
  const middle = events.length >> 1;
  if (answer.error !== undefined) {
    const fault = faultOf(exchange, answer, failureStatus(exchange, answer));
    const body = platform.errorBody(fault);
    const last = format.broken?.(fault, body, middle) ?? { data: body };
    return [...events.slice(0, middle), { ...last, fault }];
  }
  const broken = events[middle];
  if (answer.malformed === true && broken !== undefined) {
    const text = textOfEvent(broken);
    events[middle] = { ...broken, data: text.slice(0, text.length >> 1) };
  }
  return events;
}

function sendFrames(exchange: Exchange, answer: ScriptedAnswer, status: number, frames: Frame[]): void {
  const { response, route } = exchange;
  if (response.destroyed) return;
  response.writeHead(status, headersOf(exchange, answer, route.framing.contentType));
  const end = (last: Frame): void => {
    if (answer.cut === 'body') {
      writeAndCut(exchange, status, last);
    } else if (answer.hang === true) {
      response.write(last);
    } else {
      exchange.settle(status, false);
      response.end(last);
    }
  };
  const sent = answer.cut === 'body' || answer.hang === true ? frames.slice(0, frames.length >> 1) : frames;
  const gap = answer.chunk_delay_ms ?? 0;
  if (gap === 0) {
    end(joined(sent));
    return;
  }
  let at = 0;
  const step = (): void => {
    if (response.destroyed) return;
    const frame = sent[at] ?? '';
    at += 1;
    if (at >= sent.length) {
      end(frame);
      return;
    }
    response.write(frame);
    setTimeout(step, gap).unref();
  };
  step();
}

function joined(frames: Frame[]): Frame {
  if (typeof frames[0] !== 'object') return frames.join('');
  return Buffer.concat(frames.map((frame) => (typeof frame === 'string' ? Buffer.from(frame) : frame)));
}
