/** A Kubernetes control plane of its own: etcd, the API server with RBAC and, when asked for, the controller manager. */
import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '../../../src/local/ports.js';
import { ApiClient } from './api-client.js';
import { type ApiRequest, AUDIT_POLICY, type RequestFilter, readAuditLog } from './audit-log.js';
import { part } from './part.js';
import { ServerProcess } from './server-process.js';

export interface ControlPlaneOptions {
  /** Deployments, ReplicaSets, Jobs, garbage collection, namespaces, default service accounts. Default: off. */
  controllerManager?: boolean;
}

export interface KubectlOptions {
  stdin?: string;
  /** `namespace/name` of a service account. Default: the administrator. */
  as?: string;
}

export interface KubectlOutcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** What a pod finds of its service account. */
export interface ServiceAccountFolder {
  /** Holds `token`, `ca.crt` and `namespace`. */
  folder: string;
  /** KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT, and the folder as ARENA_SERVICE_ACCOUNT_DIR. */
  env: { [name: string]: string };
}

/** Those of the controller manager that tests look at; the others only cost time. */
const CONTROLLERS = [
  'deployment-controller',
  'replicaset-controller',
  'job-controller',
  'garbage-collector-controller',
  'namespace-controller',
  'serviceaccount-controller',
  'root-ca-certificate-publisher-controller',
  'persistentvolume-binder-controller',
  'persistentvolumeclaim-protection-controller',
];

const HOST = '127.0.0.1';

export class ControlPlane {
  /** Everything that belongs to it; removed at the end. */
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-kube-'));
  /** May do everything. */
  admin!: ApiClient;
  /** May do everything as well, as `system:node:stand-in`: what nodes ask is then not counted as a user's. */
  node!: ApiClient;
  private readonly tokens = { admin: newToken(), manager: newToken(), node: newToken() };
  private readonly running = new Map<'etcd' | 'api' | 'manager', ServerProcess>();

  private constructor(private readonly ports: { api: number; etcd: number; peers: number }) {}

  static async start({ controllerManager = false }: ControlPlaneOptions = {}): Promise<ControlPlane> {
    const [api = 0, etcd = 0, peers = 0] = await freePorts(3);
    const plane = new ControlPlane({ api, etcd, peers });
    try {
      plane.writeFiles();
      plane.startEtcd();
      await plane.startApiServer();
      if (controllerManager) await plane.startControllerManager();
      return plane;
    } catch (error) {
      await plane.stop();
      throw error;
    }
  }

  get url(): string {
    return `https://${HOST}:${this.ports.api}`;
  }

  /** Certificate in PEM that vouches for the API server. */
  get ca(): string {
    return readFileSync(join(this.folder, 'apiserver.crt'), 'utf8');
  }

  async startApiServer(): Promise<void> {
    const file = (name: string) => join(this.folder, name);
    const server = this.launch('api', 'kube-apiserver', [
      `--etcd-servers=http://${HOST}:${this.ports.etcd}`,
      `--secure-port=${this.ports.api}`,
      `--bind-address=${HOST}`,
      `--cert-dir=${this.folder}`,
      '--service-account-issuer=https://localhost',
      `--service-account-key-file=${file('service-accounts.pem')}`,
      `--service-account-signing-key-file=${file('service-accounts.pem')}`,
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/24',
      '--endpoint-reconciler-type=none',
      '--disable-admission-plugins=ServiceAccount',
      `--audit-policy-file=${file('audit-policy.yaml')}`,
      `--audit-log-path=${file('audit.log')}`,
      '--profiling=false',
    ]);
    await server.ready(async () => (existsSync(file('apiserver.crt')) ? true : undefined));
    this.admin ??= new ApiClient(this.url, this.ca, this.tokens.admin);
    this.node ??= new ApiClient(this.url, this.ca, this.tokens.node);
    await server.ready(async () => ((await this.admin.request('GET', '/readyz')).status === 200 ? true : undefined));
    await server.ready(() => this.admin.get('/api/v1/namespaces/default'));
  }

  /** Connections break at once, as when its machine is lost. */
  stopApiServer(): Promise<void> {
    return this.halt('api');
  }

  /**
   * Objects of a kind that is defined only later are collected with their owners from about half a minute on: start it
   * after the definitions are applied where that matters.
   */
  async startControllerManager(): Promise<void> {
    const kubeconfig = join(this.folder, 'controller-manager.yaml');
    this.writeKubeconfig(kubeconfig, this.tokens.manager);
    const manager = this.launch('manager', 'kube-controller-manager', [
      `--kubeconfig=${kubeconfig}`,
      `--controllers=${CONTROLLERS.join(',')}`,
      `--root-ca-file=${join(this.folder, 'apiserver.crt')}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
      '--pvclaimbinder-sync-period=1s',
      '--profiling=false',
    ]);
    await manager.ready(() => this.admin.get('/api/v1/namespaces/default/serviceaccounts/default'));
  }

  stopControllerManager(): Promise<void> {
    return this.halt('manager');
  }

  /** Writes the administrator's kubeconfig; gives its path. */
  kubeconfig(path = join(this.folder, 'admin.yaml')): string {
    return this.writeKubeconfig(path, this.tokens.admin);
  }

  /** Writes a kubeconfig with a fresh token of a service account (`namespace/name`); gives its path. */
  async kubeconfigOf(account: string, path = this.fileOf(account, 'yaml')): Promise<string> {
    return this.writeKubeconfig(path, await this.tokenOf(account), account.split('/')[0]);
  }

  /** A fresh token of a service account (`namespace/name`), as a kubelet asks for one. */
  async tokenOf(account: string, seconds = 3600): Promise<string> {
    const [namespace, name] = account.split('/');
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const body = { spec: { expirationSeconds: seconds } };
    const { status } = await this.admin.create<{ status: { token: string } }>(path, body);
    return status.token;
  }

  /** What a pod of a service account (`namespace/name`) finds mounted and set. */
  async serviceAccountFolder(account: string): Promise<ServiceAccountFolder> {
    const folder = this.fileOf(account, 'account');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'token'), await this.tokenOf(account));
    writeFileSync(join(folder, 'ca.crt'), this.ca);
    writeFileSync(join(folder, 'namespace'), account.split('/')[0] ?? '');
    return { folder, env: { ...this.serviceEnv, ARENA_SERVICE_ACCOUNT_DIR: folder } };
  }

  /** What Kubernetes tells every pod of where the API server is. */
  get serviceEnv(): { [name: string]: string } {
    return { KUBERNETES_SERVICE_HOST: HOST, KUBERNETES_SERVICE_PORT: String(this.ports.api) };
  }

  /** A client with a fresh token of a service account (`namespace/name`); to be closed. */
  async clientOf(account: string): Promise<ApiClient> {
    return new ApiClient(this.url, this.ca, await this.tokenOf(account));
  }

  async kubectl(args: readonly string[], { stdin = '', as }: KubectlOptions = {}): Promise<KubectlOutcome> {
    const config = as === undefined ? this.kubeconfig() : await this.kubeconfigOf(as);
    const { PATH } = process.env;
    const child = spawn(part('kubectl'), ['--kubeconfig', config, ...args], {
      // Its cache of what the API server offers must not outlive this control plane.
      env: { PATH, HOME: this.folder, KUBECACHEDIR: join(this.folder, 'kubectl-cache') },
    });
    const outcome: KubectlOutcome = { code: null, stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outcome.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      outcome.stderr += text;
    });
    // It may end without reading; its exit code tells why.
    child.stdin.on('error', () => undefined).end(stdin);
    await once(child, 'close');
    return { ...outcome, code: child.exitCode };
  }

  /** `kubectl apply` of YAML documents on the server's side; throws when one is refused. Gives what kubectl says. */
  async apply(yaml: string, options: { as?: string } = {}): Promise<string> {
    const args = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
    const { code, stdout, stderr } = await this.kubectl(args, { stdin: yaml, ...options });
    if (code !== 0) throw new Error(`kubectl apply: ${stderr}`);
    return stdout;
  }

  /** Requests that the API server has answered so far (watches: that it has begun to answer), oldest first. */
  requests(filter: RequestFilter = {}): ApiRequest[] {
    return readAuditLog(join(this.folder, 'audit.log'), filter);
  }

  async stop(): Promise<void> {
    for (const name of ['manager', 'api', 'etcd'] as const) await this.halt(name);
    for (const client of [this.admin, this.node] as (ApiClient | undefined)[]) await client?.close();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private startEtcd(): void {
    const address = `http://${HOST}:${this.ports.etcd}`;
    this.launch('etcd', 'etcd', [
      `--data-dir=${join(this.folder, 'etcd')}`,
      `--listen-client-urls=${address}`,
      `--advertise-client-urls=${address}`,
      `--listen-peer-urls=http://${HOST}:${this.ports.peers}`,
      '--unsafe-no-fsync',
      '--log-level=error',
    ]);
  }

  private launch(name: 'etcd' | 'api' | 'manager', program: Parameters<typeof part>[0], args: string[]): ServerProcess {
    const server = ServerProcess.start({ program: part(program), args, log: join(this.folder, `${name}.log`) });
    this.running.set(name, server);
    return server;
  }

  private async halt(name: 'etcd' | 'api' | 'manager'): Promise<void> {
    await this.running.get(name)?.stop();
    this.running.delete(name);
  }

  private writeFiles(): void {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(join(this.folder, 'service-accounts.pem'), pem, { mode: 0o600 });
    const { admin, manager, node } = this.tokens;
    const users = [`${admin},admin,1`, `${manager},system:kube-controller-manager,2`, `${node},system:node:stand-in,3`];
    const lines = users.map((user) => `${user},"system:masters"\n`);
    writeFileSync(join(this.folder, 'tokens.csv'), lines.join(''), { mode: 0o600 });
    writeFileSync(join(this.folder, 'audit-policy.yaml'), AUDIT_POLICY);
  }

  private fileOf(account: string, kind: string): string {
    return join(this.folder, `${account.replace('/', '_')}.${kind}`);
  }

  private writeKubeconfig(path: string, token: string, namespace = 'default'): string {
    const cluster = { server: this.url, 'certificate-authority-data': Buffer.from(this.ca).toString('base64') };
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster }],
      users: [{ name: 'test', user: { token } }],
      contexts: [{ name: 'test', context: { cluster: 'test', user: 'test', namespace } }],
      'current-context': 'test',
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  }
}

const newToken = (): string => randomBytes(16).toString('hex');
