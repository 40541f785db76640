import { readFile } from 'node:fs/promises';
import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import type { MockServerOptions } from '../../io/mock-server/options.js';
import { parseMockScript } from '../../io/mock-server/script.js';
import { type MockServer, startMockServer } from '../../io/mock-server/server.js';
import { type GlobalOptions, openContext } from '../context.js';
import { untilInterrupted } from '../until-interrupted.js';

export interface MockOptions extends GlobalOptions, Omit<MockServerOptions, 'latencyMs' | 'script' | 'models'> {
  latency?: MockServerOptions['latencyMs'];
  script?: string;
  model?: string[];
  repeats: boolean;
}

/** Serves until Ctrl-C. The base URL for OpenAI's protocol is the one line on stdout. */
export async function mock(options: MockOptions): Promise<number> {
  const { terminal } = openContext(options);
  const { latency, script, model, repeats, dataDir: _, color: __, quiet: ___, ...rest } = options;
  const server = await listening({
    ...rest,
    countRepeats: repeats,
    latencyMs: latency,
    models: model,
    script: script === undefined ? undefined : parseMockScript(await readScript(script), script),
  });
  terminal.out(server.url);
  terminal.say(`mock     other APIs ${server.origin}   statistics ${server.origin}/stats   Ctrl-C ends it`);
  await untilInterrupted();
  await server.close();
  return EXIT.ok;
}

async function listening(options: MockServerOptions): Promise<MockServer> {
  try {
    return await startMockServer(options);
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

async function readScript(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ArenaError({ code: 'invalid_input', message: `The script cannot be read: ${reason}` }, { cause });
  }
}
