/** A server for answers that no HTTP library would send: it reads requests and leaves every byte of the answer to a fault. */
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export interface FaultRequest {
  path: string;
  /** By name in lower case. */
  headers: ReadonlyMap<string, string>;
  body: string;
}

/** Answers one request as it likes, or not at all. */
export type Fault = (socket: Socket, request: FaultRequest) => void;

export class FaultServer {
  /** Requests that came in whole. */
  calls = 0;
  /** Connections that were ever made. */
  accepted = 0;
  /** Sockets that are open at this moment. */
  readonly sockets = new Set<Socket>();
  /** What answers when nothing is in line. */
  private always: Fault;
  private line: Fault[] = [];

  private constructor(
    private readonly server: Server,
    readonly origin: string,
  ) {
    this.always = (socket) => socket.destroy();
    server.on('connection', (socket) => this.accept(socket));
  }

  static async start(): Promise<FaultServer> {
    const server = createServer({ noDelay: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return new FaultServer(server, `http://127.0.0.1:${port}`);
  }

  /** From now on every request is answered like that, the first ones by `first`. Counts begin anew. */
  answer(always: Fault, ...first: Fault[]): void {
    this.always = always;
    this.line = first;
    this.calls = 0;
    this.accepted = 0;
  }

  /** Nobody listens any more; what is open stays open. */
  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private accept(socket: Socket): void {
    this.accepted += 1;
    this.sockets.add(socket);
    // A client that has what it wants, or gives up, resets the connection.
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let read = readRequest(rest); read !== undefined; read = readRequest(rest)) {
        rest = rest.subarray(read.length);
        this.calls += 1;
        (this.line.shift() ?? this.always)(socket, read.request);
      }
    });
  }
}

/** The first request of some bytes, and how many of them it takes. Undefined while it is not whole. */
function readRequest(bytes: Buffer): { request: FaultRequest; length: number } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end === -1) return undefined;
  const [start = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase() ?? '', line.replace(/^.*?: */, '')]),
  );
  const length = end + 4 + Number(headers.get('content-length') ?? 0);
  if (bytes.length < length) return undefined;
  const request = { path: start.split(' ')[1] ?? '', headers, body: bytes.toString('utf8', end + 4, length) };
  return { request, length };
}
