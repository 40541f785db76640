/** A way to the API server on which a request can be held for ever, before or after the API server has it. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, createServer, request, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { waitFor } from '../wait-for.js';
import type { ControlPlane } from './control-plane.js';

export interface HeldRequest {
  method: string;
  path: string;
  /** As it was sent; empty when nothing was. */
  body: string;
}

export interface Gate {
  holds(request: HeldRequest): boolean;
  /** `before`: the API server never gets the request. `after`: it does, and its answer gets lost. */
  when: 'before' | 'after';
}

export class ApiProxy {
  private readonly gates = new Map<string, Gate>();
  private readonly reached = new Set<string>();
  private readonly agent: Agent;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
    ca: string,
  ) {
    this.agent = new Agent({ keepAlive: true, ca });
    server.on('request', (incoming, outgoing) => void this.pass(incoming, outgoing));
  }

  /** It answers with the API server's own certificate. */
  static async to(plane: ControlPlane): Promise<ApiProxy> {
    const key = readFileSync(join(plane.folder, 'apiserver.key'));
    const server = createServer({ key, cert: plane.ca });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ApiProxy(server, new URL(plane.url), plane.ca);
  }

  /** What tells a pod where the API server is. */
  get env(): { [name: string]: string } {
    return { KUBERNETES_SERVICE_PORT: String((this.server.address() as AddressInfo).port) };
  }

  /** Requests that a gate holds, and their repeats, are held until it is opened. */
  close(name: string, gate: Gate): void {
    this.gates.set(name, gate);
  }

  /** Waits until a request has come to each gate. */
  async isReached(...names: string[]): Promise<void> {
    const missing = () => names.filter((name) => !this.reached.has(name));
    await waitFor('all gates', () => (missing().length === 0 ? true : undefined), 60_000).catch((error: unknown) => {
      throw new Error(`${error}: nothing came to ${missing().join(', ')}`);
    });
  }

  /** From now on everything passes; what was held is lost. */
  open(): void {
    this.gates.clear();
    this.server.closeAllConnections();
  }

  async stop(): Promise<void> {
    this.agent.destroy();
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await bodyOf(incoming);
    const gate = [...this.gates].find(([, { holds }]) => holds({ method, path: url, body }));
    if (gate?.[1].when === 'before') {
      this.reached.add(gate[0]);
      return;
    }
    const { hostname, port } = this.target;
    const asked = request({ hostname, port, method, path: url, headers, agent: this.agent }, (answer) => {
      if (gate !== undefined) {
        answer.resume().on('end', () => this.reached.add(gate[0]));
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    asked.on('error', () => outgoing.destroy());
    outgoing.on('close', () => asked.destroy());
    asked.end(body);
  }
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    for await (const piece of incoming) pieces.push(piece as Buffer);
  } catch {
    // The asker is gone.
  }
  return Buffer.concat(pieces).toString('utf8');
}
