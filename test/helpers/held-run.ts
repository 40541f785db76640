import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Progress } from '../../src/core/run.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import type { JobInput } from '../../src/schema/job.js';
import { arenaBundle } from './arena-bundle.js';
import { DurableRun, type DurableRunOptions } from './durable-run.js';
import { waitFor } from './wait-for.js';

export const RIGHT_KEY = 'right-key-4411';

export interface HeldRunOptions {
  scenarios: number;
  workers?: number;
  concurrency?: number;
  latencyMs?: number;
  /** Key that the file holds at first. Default: the right one. */
  key?: string;
  /** What the sick provider does beside assisting: it judges every conversation of the well one, and does not assist. */
  judge?: boolean;
  input?: Partial<JobInput>;
}

/** A run against two providers: `well`, and `sick`, whose server and key a test may take away. */
export class HeldRun {
  private constructor(
    readonly durable: DurableRun,
    private readonly folder: string,
    private server: MockServer,
  ) {}

  static async start({ key = RIGHT_KEY, ...options }: HeldRunOptions): Promise<HeldRun> {
    const folder = mkdtempSync(join(tmpdir(), 'arena-held-'));
    const file = join(folder, 'key');
    writeFileSync(file, `${key}\n`);
    const latencyMs = options.latencyMs ?? 20;
    const server = await startMockServer({ apiKey: RIGHT_KEY, latencyMs, script: judgeScript(options) });
    const given: DurableRunOptions = {
      workers: options.workers ?? 1,
      concurrency: options.concurrency ?? 4,
      latencyMs,
      input: { maxRetries: undefined, ...options.input },
      writeBundle: (bundle, mockUrl) => writeTexts(bundle, bundleTexts(options, mockUrl, server.url, file)),
    };
    return new HeldRun(await DurableRun.start(given), folder, server);
  }

  get sick(): MockServer {
    return this.server;
  }

  setKey(key: string): void {
    writeFileSync(join(this.folder, 'key'), `${key}\n`);
  }

  /** Takes the sick provider's server away. */
  async goAway(): Promise<void> {
    await this.server.close();
  }

  /** Brings it back under its address; its counts begin anew. */
  async comeBack(options: HeldRunOptions): Promise<void> {
    const { port } = this.server;
    this.server = await startMockServer({ apiKey: RIGHT_KEY, port, latencyMs: 20, script: judgeScript(options) });
  }

  /** Waits until the run's progress is as wanted. */
  progressIs(what: string, fits: (progress: Progress) => boolean, timeoutMs = 60_000): Promise<Progress> {
    const look = async (): Promise<Progress | undefined> => {
      const progress = await this.durable.progress().catch(() => undefined);
      return progress !== undefined && fits(progress) ? progress : undefined;
    };
    return waitFor(what, look, timeoutMs);
  }

  async stop(): Promise<void> {
    await this.durable.stop();
    await this.server.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function judgeScript({ judge }: HeldRunOptions) {
  return judge === true ? { default: { text: '{"passed": true, "score": 1, "reasoning": "good"}' } } : undefined;
}

function writeTexts(bundle: string, texts: { [path: string]: string }): void {
  for (const [path, text] of Object.entries(texts)) {
    const file = join(dirname(bundle), path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function bundleTexts({ scenarios, judge }: HeldRunOptions, well: string, sick: string, keyFile: string) {
  const openai = { type: 'openai', model: 'm' };
  const texts = arenaBundle('bundle', {
    providers: {
      well: { ...openai, base_url: well },
      sick: { ...openai, base_url: sick, credential: { credential_file: keyFile } },
    },
    scenarios: Object.fromEntries(
      Array.from({ length: scenarios }, (_, i) => [`s${i}`, [`question ${i}`, `further question ${i}`]]),
    ),
    ...(judge === true ? { assertions: [{ type: 'llm_judge', params: { criteria: 'good', min_score: 0.5 } }] } : {}),
  });
  if (judge !== true) return texts;
  const path = 'bundle/config.arena.yaml';
  const arena = (texts[path] ?? '')
    .replace('- file: provider-sick.yaml', '- file: provider-sick.yaml\n      group: judges')
    .concat('  judges:\n    - name: sick\n      provider: sick\n');
  return { ...texts, [path]: arena };
}
