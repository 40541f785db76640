import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { ARENA_SEARCH_ATTRIBUTES } from '../../src/core/search-attributes.js';
import { ENGINE_SETTINGS } from '../../src/local/dev-server.js';

/** A Temporal dev server on a SQLite file that a test may kill and start again. */
export class TemporalServer {
  private child: ChildProcess | undefined;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  static async start(folder: string): Promise<TemporalServer> {
    const server = new TemporalServer(folder, await freePort());
    await server.start();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    this.spawn();
    for (let tries = 0; ; tries += 1) {
      try {
        const connection = await Connection.connect({ address: this.address, connectTimeout: 1000 });
        await connection.workflowService.describeNamespace({ namespace: 'default' });
        await connection.close();
        return;
      } catch (error) {
        if (tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
        // Another program may have taken one of its ports just before it did.
        if (this.child?.exitCode !== null && tries % 10 === 9) this.spawn();
      }
    }
  }

  private spawn(): void {
    const binary = process.env.ARENA_TEMPORAL_BIN;
    if (binary === undefined) throw new Error('ARENA_TEMPORAL_BIN is not set: run the tests by npm test');
    const attributes = ARENA_SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]);
    const file = join(this.folder, 'temporal.db');
    this.child = spawn(
      binary,
      [
        'server',
        'start-dev',
        '--headless',
        '--ip',
        '127.0.0.1',
        '--port',
        String(this.port),
        '--db-filename',
        file,
        '--log-level',
        'error',
        ...ENGINE_SETTINGS,
        ...attributes,
      ],
      { stdio: 'ignore' },
    );
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
