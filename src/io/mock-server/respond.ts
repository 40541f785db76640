/** Sends one answer of the mock server, well or ill as the script says. */
import type { ServerResponse } from 'node:http';
import { completionBody, completionEvents, errorBody } from './chat-answer.js';
import type { ChatCall } from './chat-call.js';
import type { ScriptedAnswer } from './script.js';

/** A request that waits for its answer. `settle` is called before the last byte goes out. */
export interface Exchange {
  response: ServerResponse;
  call: ChatCall;
  hash: string;
  requestBytes: number;
  settle(status: number, aborted: boolean): void;
}

export function respond(exchange: Exchange, answer: ScriptedAnswer): void {
  const { response } = exchange;
  if (response.destroyed) return;
  const status = answer.status ?? 200;
  if (answer.cut === 'connection') {
    exchange.settle(0, true);
    response.destroy();
  } else if (exchange.call.stream && status < 300 && answer.body === undefined && answer.malformed !== true) {
    stream(exchange, answer);
  } else {
    send(exchange, answer, body(exchange, answer, status));
  }
}

function body({ call, hash, requestBytes }: Exchange, answer: ScriptedAnswer, status: number): string {
  if (typeof answer.body === 'string') return answer.body;
  if (answer.body !== undefined) return JSON.stringify(answer.body);
  if (status >= 300) return errorBody(answer.text ?? `Scripted status ${status}.`, 'mock_error');
  const text = completionBody(call, answer, hash, requestBytes);
  return answer.malformed === true ? text.slice(0, text.length >> 1) : text;
}

function headers(answer: ScriptedAnswer, type: string): { [name: string]: string | number } {
  const own: { [name: string]: string | number } = { 'content-type': type, ...answer.headers };
  if (answer.retry_after !== undefined) own['retry-after'] = String(answer.retry_after);
  return own;
}

function send(exchange: Exchange, answer: ScriptedAnswer, text: string): void {
  const { response } = exchange;
  const status = answer.status ?? 200;
  const own = headers(answer, 'application/json');
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
function writeAndCut({ response, settle }: Exchange, status: number, text: string): void {
  response.write(text, () => {
    settle(status, true);
    response.destroy();
  });
}

function stream(exchange: Exchange, answer: ScriptedAnswer): void {
  const { response, call, hash, requestBytes } = exchange;
  const status = answer.status ?? 200;
  const events = completionEvents(call, answer, hash, requestBytes);
  response.writeHead(status, headers(answer, 'text/event-stream'));
  const end = (last: string): void => {
    if (answer.cut === 'body') {
      writeAndCut(exchange, status, last);
    } else if (answer.hang === true) {
      response.write(last);
    } else {
      exchange.settle(status, false);
      response.end(last);
    }
  };
  const sent = answer.cut === 'body' || answer.hang === true ? events.slice(0, events.length >> 1) : events;
  const gap = answer.chunk_delay_ms ?? 0;
  if (gap === 0) {
    end(sent.join(''));
    return;
  }
  let at = 0;
  const step = (): void => {
    if (response.destroyed) return;
    const event = sent[at] ?? '';
    at += 1;
    if (at >= sent.length) {
      end(event);
      return;
    }
    response.write(event);
    setTimeout(step, gap).unref();
  };
  step();
}
