/**
 * Temporal on Postgres as `docker-compose.yml` runs it, without containers: its scripts and its settings, the programs of
 * its images. Only where a service listens differs.
 */
import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import { isPortFree } from '../../../src/local/ports.js';
import type { ComposeConfig } from './compose.js';
import { part } from './part.js';
import { Postgres } from './postgres.js';
import { ServerProcess } from './server-process.js';

const run = promisify(execFile);
const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;

export class ComposedTemporal {
  private readonly folder = mkdtempSync(join(tmpdir(), 'arena-composed-'));
  private server: ServerProcess | undefined;

  private constructor(
    private readonly config: ComposeConfig,
    private readonly postgres: Postgres,
    private readonly ports: number[],
  ) {}

  static async start(config: ComposeConfig): Promise<ComposedTemporal> {
    const password = config.services.postgres?.environment?.POSTGRES_PASSWORD ?? '';
    const postgres = await Postgres.start(password);
    const temporal = new ComposedTemporal(config, postgres, await lowPorts(2 * SERVICES.length + 1));
    try {
      temporal.writeFiles();
      await temporal.script('temporal-schema');
      await temporal.startServer();
      await temporal.script('temporal-setup');
      return temporal;
    } catch (error) {
      await temporal.stop();
      throw error;
    }
  }

  get address(): string {
    return `127.0.0.1:${this.ports[0]}`;
  }

  /** As compose's health check looks: the port is open. */
  async startServer(): Promise<void> {
    this.server = ServerProcess.start({
      program: part('temporal-server'),
      args: ['--root', this.folder, '--config', 'config', '--env', 'docker', '--allow-no-auth', 'start'],
      log: join(this.folder, 'server.log'),
    });
    await this.server.ready(() => isOpen(this.ports[0] ?? 0));
  }

  /** As when its container is lost. */
  async killServer(): Promise<void> {
    await this.server?.stop('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.killServer();
    await this.postgres.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** What a service that ends by itself does; started again when it fails, as compose does it. */
  async script(service: 'temporal-schema' | 'temporal-setup', tries = 10): Promise<void> {
    const { entrypoint, command, environment } = this.service(service);
    const [program = '', ...options] = entrypoint ?? [];
    const env = { ...environment, ...this.placeOf(environment), PATH: `${this.bin}:${process.env.PATH}` };
    try {
      await run(program, [...options, ...(command ?? [])], { env: { HOME: this.folder, ...withoutNull(env) } });
    } catch (error) {
      if (tries === 1) throw error;
      await this.script(service, tries - 1);
    }
  }

  private get bin(): string {
    return join(this.folder, 'bin');
  }

  private service(name: string) {
    const service = this.config.services[name];
    if (service === undefined) throw new Error(`docker-compose.yml has no service ${name}`);
    return service;
  }

  /** Hosts are names of services there. */
  private placeOf(environment: { [name: string]: unknown } = {}): { [name: string]: string } {
    const places = {
      SQL_HOST: this.postgres.host,
      SQL_PORT: String(this.postgres.port),
      TEMPORAL_ADDRESS: this.address,
    };
    return Object.fromEntries(Object.entries(places).filter(([name]) => environment[name] !== undefined));
  }

  private writeFiles(): void {
    for (const folder of [this.bin, join(this.folder, 'config')]) mkdirSync(folder);
    symlinkSync(part('temporal-sql-tool'), join(this.bin, 'temporal-sql-tool'));
    const cli = process.env.ARENA_TEMPORAL_BIN;
    if (cli === undefined) throw new Error('ARENA_TEMPORAL_BIN is not set: run the tests by node scripts/test.mjs e2e');
    symlinkSync(cli, join(this.bin, 'temporal'));
    const [dynamic] = Object.values(this.config.configs);
    writeFileSync(join(this.folder, 'dynamic.yaml'), dynamic?.content ?? '');
    writeFileSync(join(this.folder, 'config/docker.yaml'), stringify(this.settings()));
  }

  /** What the image of the server makes of the environment. */
  private settings(): object {
    const { environment = {} } = this.service('temporal');
    const { DB, POSTGRES_USER, POSTGRES_PWD, NUM_HISTORY_SHARDS } = environment;
    const { host, port } = this.postgres;
    const database = (databaseName: string, maxConns: number) => ({
      sql: {
        ...{ pluginName: DB, databaseName, connectAddr: `${host}:${port}`, connectProtocol: 'tcp' },
        ...{ user: POSTGRES_USER, password: POSTGRES_PWD },
        ...{ maxConns, maxIdleConns: maxConns, maxConnLifetime: '1h' },
      },
    });
    const services = SERVICES.map((name, at) => {
      const [grpcPort, membershipPort] = this.ports.slice(2 * at);
      const httpPort = name === 'frontend' ? { httpPort: this.ports.at(-1) } : {};
      return [name, { rpc: { grpcPort, membershipPort, bindOnIP: '127.0.0.1', ...httpPort } }];
    });
    return {
      log: { stdout: true, level: 'warn' },
      persistence: {
        ...{ numHistoryShards: Number(NUM_HISTORY_SHARDS), defaultStore: 'default', visibilityStore: 'visibility' },
        datastores: { default: database('temporal', 20), visibility: database('temporal_visibility', 10) },
      },
      global: { membership: { maxJoinDuration: '30s' } },
      services: Object.fromEntries(services),
      clusterMetadata: {
        ...{ enableGlobalNamespace: false, failoverVersionIncrement: 10 },
        ...{ masterClusterName: 'active', currentClusterName: 'active' },
        clusterInformation: {
          active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: this.address },
        },
      },
      dcRedirectionPolicy: { policy: 'noop' },
      publicClient: { hostPort: this.address },
      dynamicConfigClient: { filepath: join(this.folder, 'dynamic.yaml'), pollInterval: '60s' },
    };
  }
}

function withoutNull(env: { [name: string]: string | null }): { [name: string]: string } {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}

/** On Postgres Temporal keeps its ports in numbers of 15 bits; the system gives out higher ones only. */
async function lowPorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = randomInt(10_000, 32_768);
    if (await isPortFree(port)) ports.add(port);
  }
  return [...ports];
}

function isOpen(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(undefined));
  });
}
