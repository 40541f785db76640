/** The way to the API server: the service account of a pod, or a kubeconfig as kubectl reads it. */
import { existsSync, readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent, type RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { ArenaError } from '../../src/core/errors.js';

export interface KubeAccessOptions {
  env: Readonly<Record<string, string | undefined>>;
  /** A kubeconfig file. Default: KUBECONFIG; else the service account of this pod; else `~/.kube/config`. */
  kubeconfig?: string;
  /** A context of the kubeconfig. Default: its current one. */
  context?: string;
  /** Folder with `token`, `ca.crt` and `namespace`. Default: where Kubernetes mounts them. */
  serviceAccountDir?: string;
}

/** What a request is made with. */
export interface Credentials {
  agent: HttpAgent | HttpsAgent;
  headers: { [name: string]: string };
}

/** Who this process is to the API server, for another process of this machine. Texts in PEM. */
export interface KubeIdentity {
  /** Vouches for the API server; undefined: the authorities that everybody trusts. */
  ca?: string;
  cert?: string;
  key?: string;
  token?: string;
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Tokens are replaced while a process lives, and programs that hand them out cost a start: read again this often. */
const FRESH_MS = 30_000;

const KEPT_CONNECTIONS = 16;

export class KubeAccess {
  /** Namespace of the service account or of the context. */
  readonly namespace: string | undefined;
  readonly server: URL;
  /** True when this process is a pod of the cluster. */
  readonly inCluster: boolean;
  private current: { credentials: Promise<Credentials>; at: number } | undefined;
  private agent: { made: HttpAgent | HttpsAgent; from: string } | undefined;

  private constructor(
    private readonly config: KubeConfig,
    inCluster: boolean,
  ) {
    const cluster = config.getCurrentCluster();
    if (cluster === null) {
      const name = config.getCurrentContext();
      const known = config.getContexts().map((context) => context.name);
      throw notUsable(
        name
          ? `it has no context ${name} with a cluster (it has ${known.join(', ') || 'none'})`
          : 'no context is current',
      );
    }
    if (!URL.canParse(cluster.server)) throw notUsable(`"${cluster.server}" is not the address of a server`);
    this.server = new URL(cluster.server);
    this.namespace = config.getContextObject(config.getCurrentContext())?.namespace;
    this.inCluster = inCluster;
  }

  /** Throws `invalid_input` when there is no way to a cluster, or none that can be read. */
  static open({ env, kubeconfig, context, serviceAccountDir }: KubeAccessOptions): KubeAccess {
    const config = new KubeConfig();
    const account = serviceAccountDir ?? SERVICE_ACCOUNT_DIR;
    const named = kubeconfig ?? (env.KUBECONFIG || undefined);
    const isPod = Boolean(env.KUBERNETES_SERVICE_HOST) && existsSync(join(account, 'token'));
    try {
      if (named === undefined && context === undefined && isPod) {
        config.loadFromOptions(serviceAccount(account, env));
        return new KubeAccess(config, true);
      }
      const home = join(env.HOME || homedir(), '.kube', 'config');
      const [first, ...others] =
        kubeconfig === undefined ? (named ?? home).split(delimiter).filter(Boolean) : [kubeconfig];
      config.loadFromFile(first ?? home);
      for (const file of others) {
        const more = new KubeConfig();
        more.loadFromFile(file);
        config.mergeConfig(more, true);
      }
    } catch (cause) {
      if (cause instanceof ArenaError) throw cause;
      throw notUsable(cause instanceof Error ? cause.message : String(cause), cause);
    }
    if (context !== undefined) config.setCurrentContext(context);
    return new KubeAccess(config, false);
  }

  /** `fresh` reads everything again: after the server has refused what was at hand. */
  credentials(fresh = false): Promise<Credentials> {
    const now = Date.now();
    if (this.current === undefined || fresh || now - this.current.at > FRESH_MS) {
      const credentials = this.read();
      const made = { credentials, at: now };
      this.current = made;
      // What failed is not kept.
      credentials.catch(() => {
        if (this.current === made) this.current = undefined;
      });
    }
    return this.current.credentials;
  }

  /** As it is now: tokens run out. Throws `invalid_input` for a way to the API server that others cannot go. */
  async identity(): Promise<KubeIdentity> {
    const cluster = this.config.getCurrentCluster();
    const { server } = this;
    const obstacle =
      server.protocol !== 'https:'
        ? `${server.origin} is no https`
        : server.pathname !== '/'
          ? `${server.href} has a path`
          : cluster?.skipTLSVerify
            ? 'the certificate of the API server is not checked'
            : cluster?.proxyUrl || cluster?.tlsServerName
              ? 'a proxy or another name of the server is set'
              : undefined;
    if (obstacle !== undefined) throw notUsable(`workers need a plain way to it, and ${obstacle}`);
    const options: RequestOptions = {};
    await this.config.applyToHTTPSOptions(options);
    const { ca, cert, key } = options;
    const authorization = Object.entries(options.headers ?? {}).find(([name]) => /^authorization$/i.test(name))?.[1];
    const token = /^Bearer\s+(\S+)/.exec(String(authorization ?? ''))?.[1];
    const text = (part: unknown): string | undefined => (part ? String(part) : undefined);
    const found: KubeIdentity = { ca: text(ca), cert: text(cert), key: text(key), token };
    if (found.token === undefined && (found.cert === undefined || found.key === undefined)) {
      throw notUsable('its user has neither a token nor a client certificate');
    }
    return found;
  }

  close(): void {
    this.agent?.made.destroy();
  }

  private async read(): Promise<Credentials> {
    const options: RequestOptions = {};
    const cluster = this.config.getCurrentCluster();
    // The library refuses `kubectl proxy` otherwise, which is on this machine and has no certificate.
    const isPlain = this.server.protocol === 'http:';
    if (isPlain && cluster !== null) Object.assign(cluster, { skipTLSVerify: true });
    await this.config.applyToHTTPSOptions(options);
    const headers: { [name: string]: string } = {};
    for (const [name, value] of Object.entries(options.headers ?? {}))
      headers[name.toLowerCase()] = String(value).trim();
    if (options.auth) headers.authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    return { agent: this.agentFor(options, cluster?.proxyUrl !== undefined, isPlain), headers };
  }

  /** Connections are kept as long as what they were made with stays the same; the library would make one a request. */
  private agentFor(options: RequestOptions, proxied: boolean, isPlain: boolean): HttpAgent | HttpsAgent {
    const { ca, cert, key, passphrase, rejectUnauthorized, servername } = options;
    const tls = { ca, cert, key, passphrase, rejectUnauthorized, servername };
    const from = JSON.stringify([tls, proxied]);
    if (this.agent?.from === from) return this.agent.made;
    const kept = { keepAlive: true, maxFreeSockets: KEPT_CONNECTIONS };
    const given = options.agent;
    const made =
      proxied && given instanceof HttpAgent
        ? given
        : isPlain
          ? new HttpAgent(kept)
          : new HttpsAgent({ ...withoutAbsent(tls), ...kept });
    this.agent = { made, from };
    return made;
  }
}

function withoutAbsent<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined && value !== null),
  ) as Partial<T>;
}

function serviceAccount(folder: string, env: KubeAccessOptions['env']) {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port } = env;
  const name = 'pod';
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port || '443'}`;
  const namespaceFile = join(folder, 'namespace');
  return {
    clusters: [{ name, server, caFile: join(folder, 'ca.crt'), skipTLSVerify: false }],
    users: [{ name, authProvider: { name: 'tokenFile', config: { tokenFile: join(folder, 'token') } } }],
    contexts: [
      {
        name,
        cluster: name,
        user: name,
        namespace: existsSync(namespaceFile) ? readFileSync(namespaceFile, 'utf8').trim() : undefined,
      },
    ],
    currentContext: name,
  };
}

function notUsable(why: string, cause?: unknown): ArenaError {
  return new ArenaError(
    {
      code: 'invalid_input',
      message: `There is no way to a Kubernetes cluster: ${why}`,
      hint: 'name a kubeconfig with --kubeconfig or KUBECONFIG and a context of it with --context, or run in a pod with a service account',
    },
    { cause },
  );
}
