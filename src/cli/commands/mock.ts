import { readFile } from 'node:fs/promises';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import type { MockServerOptions } from '../../io/mock-server/options.js';
import { parseMockScript } from '../../io/mock-server/script.js';
import { startMockServer } from '../../io/mock-server/server.js';
import { type GlobalOptions, openContext } from '../context.js';
import { untilInterrupted } from '../until-interrupted.js';

export interface MockOptions
  extends GlobalOptions,
    Omit<MockServerOptions, 'latencyMs' | 'script' | 'models' | 'stalls'> {
  latency?: MockServerOptions['latencyMs'];
  stall?: MockServerOptions['stalls'];
  script?: string;
  model?: string[];
  repeats: boolean;
  /** An agent is served instead; share of its turns that are cut. */
  agent?: true;
  cutRate?: number;
}

/** Serves until Ctrl-C. The base URL for OpenAI's protocol is the one line on stdout. */
export async function mock(options: MockOptions): Promise<number> {
  const { terminal } = openContext(options);
  const {
    latency,
    stall: stalls,
    script,
    model,
    repeats,
    cutRate,
    dataDir: _,
    color: __,
    quiet: ___,
    ...rest
  } = options;
  if (cutRate !== undefined) {
    throw new ArenaError({ code: 'invalid_input', message: '--cut-rate is for an agent', hint: 'add --agent' });
  }
  const rules = script === undefined ? undefined : parseMockScript(await readScript(script), script);
  const server = await listening(() =>
    startMockServer({ ...rest, countRepeats: repeats, latencyMs: latency, stalls, models: model, script: rules }),
  );
  terminal.out(server.url);
  terminal.say(`mock     other APIs ${server.origin}   statistics ${server.origin}/stats   Ctrl-C ends it`);
  await untilInterrupted();
  await server.close();
  return EXIT.ok;
}

/** Throws `invalid_input` when a server cannot be started. */
export async function listening<Server>(start: () => Promise<Server>): Promise<Server> {
  try {
    return await start();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArenaError(
      {
        code: 'invalid_input',
        message: `The server cannot listen: ${reason}`,
        hint: 'choose another --port or --host',
      },
      { cause },
    );
  }
}

export async function readScript(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArenaError({ code: 'invalid_input', message: `The script cannot be read: ${reason}` }, { cause });
  }
}
