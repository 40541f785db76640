/** Tools that are programs: arguments as JSON on stdin, the result on stdout, a process for each call. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { JsonValue } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import { Secrets } from '../../core/secrets.js';
import type { ToolArguments, ToolOutput, ToolRunner, ToolRunOptions } from '../../core/tool.js';
import { programFiles } from '../../schema/program-files.js';
import type { ToolSpec } from '../../schema/tool.js';
import { bundleEnvironment } from '../bundle-environment.js';
import { GuardedProcess } from '../guarded-process.js';
import { watchAbort } from '../providers/abort-hub.js';
import { type GoTemplate, parseGoTemplate } from './go-template.js';
import { MAX_RESULT_BYTES } from './limits.js';
import type { ToolSettings } from './tool-settings.js';

type ExecSpec = NonNullable<ToolSpec['exec']>;

/** Variables that a program gets unasked. */
const COMMON = ['PATH', 'LANG', 'LC_ALL', 'TZ'];

/** So much of what a program complains of is told. */
const MAX_COMPLAINT_CHARACTERS = 500;

export class ExecTool implements ToolRunner {
  readonly local = false;
  private readonly secrets: Secrets;
  private readonly args: readonly GoTemplate[];

  /** Throws `invalid_input` when an argument is no template. */
  constructor(
    private readonly tool: string,
    private readonly spec: ExecSpec,
    private readonly timeoutMs: number,
    private readonly settings: ToolSettings,
    private readonly files: ReadonlyMap<string, Uint8Array> = new Map(),
  ) {
    this.secrets = new Secrets(bundleEnvironment(settings.env, settings.bundleEnv));
    this.args = (spec.args ?? []).map((source, index) => {
      try {
        return parseGoTemplate(source);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new ArenaError({ code: 'invalid_input', message: `tool ${tool}: exec.args[${index}]: ${reason}` });
      }
    });
  }

  async run(args: ToolArguments, { signal, idempotencyKey }: ToolRunOptions): Promise<ToolOutput> {
    // A folder of its own, so that calls that run side by side do not meet.
    const folder = await mkdtemp(join(tmpdir(), 'arena-tool-'));
    try {
      await this.layOut(folder);
      signal.throwIfAborted();
      return { value: await this.call(args, folder, idempotencyKey, signal) };
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const message = this.secrets.scrub(error instanceof Error ? error.message : String(error));
      throw new ArenaError({ code: 'tool_failed', message });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The files of the bundle that the program is made of, at the places where it looks for them. */
  private async layOut(folder: string): Promise<void> {
    for (const path of programFiles(this.spec)) {
      const content = this.files.get(path);
      if (content === undefined) continue;
      await mkdir(join(folder, dirname(path)), { recursive: true });
      await writeFile(join(folder, path), content, { mode: 0o700 });
    }
  }

  private async call(
    args: ToolArguments,
    folder: string,
    idempotencyKey: string,
    signal: AbortSignal,
  ): Promise<JsonValue> {
    const program = new GuardedProcess({
      command: this.spec.command,
      args: this.args.map((template) => template.execute(args)),
      env: { ...this.environment(), HOME: folder, TMPDIR: folder, ARENA_IDEMPOTENCY_KEY: idempotencyKey },
      folder,
    });
    let failure: string | undefined;
    const stop = (why: string): void => {
      failure ??= why;
      program.kill();
    };
    const timer = setTimeout(() => stop(`${this.tool} took longer than ${this.timeoutMs} ms`), this.timeoutMs);
    const unwatch = watchAbort(signal, () => stop('the call was ended'));
    try {
      program.stdin.end(JSON.stringify(args));
      const tooMuch = (): void => stop(`${this.tool} printed more than ${MAX_RESULT_BYTES} bytes`);
      const [output, complaint, code] = await Promise.all([
        collect(program.stdout, tooMuch),
        collect(program.stderr, tooMuch),
        program.ended,
      ]);
      if (failure !== undefined) throw new Error(failure);
      if (code !== 0) {
        const said = complaint.trim().slice(-MAX_COMPLAINT_CHARACTERS);
        throw new Error(`${program.reasonOf(code)}${said === '' ? '' : `: ${said}`}`);
      }
      return readResult(this.secrets.scrub(output));
    } finally {
      clearTimeout(timer);
      unwatch();
      program.kill();
    }
  }

  private environment(): Record<string, string> {
    const own = COMMON.flatMap((name): [string, string][] => {
      const value = this.settings.env[name];
      return value === undefined ? [] : [[name, value]];
    });
    const named = (this.spec.env ?? []).map((name): [string, string] => [name, this.secrets.read(name, this.tool)]);
    return Object.fromEntries([...own, ...named]);
  }
}

async function collect(stream: Readable, tooMuch: () => void): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // What comes until the program is gone is let go.
    if (bytes > MAX_RESULT_BYTES) tooMuch();
    else chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readResult(text: string): JsonValue {
  try {
    return JSON.parse(text);
  } catch {
    return text.trimEnd();
  }
}
