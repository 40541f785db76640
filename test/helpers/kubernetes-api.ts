/** The part of a Kubernetes API server that gives out Secrets, over HTTPS, and what it mounts into pods. */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from './self-signed.js';

const TOKEN = 'service-account-token';

export class KubernetesApi {
  /** Entries of Secrets by `namespace/name`. */
  readonly secrets = new Map<string, { [entry: string]: string }>();
  /** Paths that were asked for. */
  readonly asked: string[] = [];
  /** Answers everything so when it is set. */
  broken: { status: number; body?: string } | undefined;
  /** What Kubernetes mounts into a pod of the namespace `shop`. */
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-service-account-'));
  private readonly server: Server;

  private constructor(private readonly certificate: { key: string; cert: string }) {
    this.server = createServer(certificate, (request, response) => {
      const path = request.url ?? '';
      this.asked.push(path);
      const answer = (status: number, body: object | string) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(typeof body === 'string' ? body : JSON.stringify(body));
      };
      if (this.broken !== undefined) return answer(this.broken.status, this.broken.body ?? {});
      if (request.headers.authorization !== `Bearer ${TOKEN}`) return answer(401, {});
      const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(path) ?? [];
      if (namespace === 'closed') return answer(403, {});
      const entries = this.secrets.get(`${namespace}/${name}`);
      if (entries === undefined) return answer(404, {});
      const encoded = Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
      answer(200, { kind: 'Secret', data: Object.fromEntries(encoded) });
    });
  }

  static async start(): Promise<KubernetesApi> {
    const api = new KubernetesApi(selfSigned());
    api.server.listen(0, '127.0.0.1');
    await once(api.server, 'listening');
    api.mount({ token: `${TOKEN}\n`, 'ca.crt': api.certificate.cert, namespace: 'shop' });
    return api;
  }

  /** What Kubernetes tells every pod. */
  get env(): { [name: string]: string } {
    const { port } = this.server.address() as AddressInfo;
    return { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
  }

  mount(files: { [name: string]: string }): void {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, name), text);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Files that change as those of mounted Secrets do: a link is turned to a new folder, in one step. */
export class MountedSecret {
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-mounted-secret-'));
  private version = 0;

  /** Path of a file below it. */
  path(name: string): string {
    return join(this.folder, name);
  }

  write(files: { [name: string]: string }): void {
    this.version += 1;
    const data = `..${this.version}`;
    mkdirSync(join(this.folder, data));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(this.folder, data, name), text);
    symlinkSync(data, join(this.folder, '..data_tmp'));
    renameSync(join(this.folder, '..data_tmp'), join(this.folder, '..data'));
    if (this.version > 1) return;
    for (const name of Object.keys(files)) symlinkSync(join('..data', name), join(this.folder, name));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
