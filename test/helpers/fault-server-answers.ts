/** Bytes of answers, right and wrong, as faults of the fault server send them. */
import type { Socket } from 'node:net';
import type { Fault } from './fault-server.js';

export interface HeadOptions {
  status?: number;
  type?: string;
  headers?: { [name: string]: string };
}

/** Status line and headers, without the end of the headers. */
export function head({ status = 200, type, headers = {} }: HeadOptions): string {
  const all = type === undefined ? headers : { 'Content-Type': type, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Something\r\n${lines.join('')}`;
}

export type Bytes = string | Uint8Array;

/** A whole answer with its length. */
export function whole(body: Bytes, options: HeadOptions = {}): Fault {
  const bytes = Buffer.from(body as string);
  return (socket) => {
    socket.write(Buffer.concat([Buffer.from(`${head(options)}Content-Length: ${bytes.length}\r\n\r\n`), bytes]));
  };
}

function chunk(piece: Bytes): Buffer {
  const bytes = Buffer.from(piece as string);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
}

/** How a stream ends. `end`: as it should. `reset`: the connection goes. `silence`: nothing more comes. */
export type StreamEnd = 'end' | 'reset' | 'silence';

/** A chunked answer; each piece is a chunk of its own, and a turn of the event loop apart where `apart` says so. */
export function streamed(
  pieces: readonly Bytes[],
  end: StreamEnd,
  options: HeadOptions & { apart?: boolean } = {},
): Fault {
  return (socket) => {
    const start = Buffer.from(`${head(options)}Transfer-Encoding: chunked\r\n\r\n`);
    if (options.apart !== true) {
      socket.write(Buffer.concat([start, ...pieces.map(chunk)]), () => endAs(socket, end));
      return;
    }
    socket.write(start);
    const rest = [...pieces];
    const next = (): void => {
      const piece = rest.shift();
      if (piece === undefined) endAs(socket, end);
      else if (!socket.destroyed) socket.write(chunk(piece), () => setImmediate(next));
    };
    next();
  };
}

function endAs(socket: Socket, end: StreamEnd): void {
  if (end === 'end') socket.write('0\r\n\r\n');
  else if (end === 'reset') socket.destroy();
}

/** Some bytes, and then the end of the connection: `fin` in good order, `reset` not. */
export function raw(bytes: Bytes, end: 'fin' | 'reset' | 'silence'): Fault {
  return (socket) => {
    socket.write(Buffer.from(bytes as string), () => {
      if (end === 'fin') socket.end();
      else if (end === 'reset') socket.resetAndDestroy();
    });
  };
}

/** Nothing comes. */
export const silence: Fault = () => undefined;

/** The same piece again and again, as fast as the client takes it, until it goes. */
export function endless(piece: Bytes, options: HeadOptions = {}, begin?: Uint8Array): Fault {
  return (socket) => {
    const bytes = chunk(piece);
    socket.write(`${head(options)}Transfer-Encoding: chunked\r\n\r\n`);
    if (begin !== undefined && begin.length > 0) socket.write(chunk(begin));
    const pump = (): void => {
      while (!socket.destroyed) if (!socket.write(bytes)) break;
    };
    socket.on('drain', pump);
    pump();
  };
}
