/** `docker-compose.yml` as docker compose reads it, in a folder of its own with an .env of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { part } from './part.js';

const run = promisify(execFile);

export interface ComposeService {
  image?: string;
  entrypoint: string[] | null;
  command: string[] | null;
  environment?: { [name: string]: string | null };
}

export interface ComposeConfig {
  services: { [name: string]: ComposeService };
  configs: { [name: string]: { content: string } };
}

/** Rejects with the words that docker compose has for what is wrong. Without `env` there is no .env. */
export async function composeConfig(text: string, env?: string): Promise<ComposeConfig> {
  const folder = mkdtempSync(join(tmpdir(), 'arena-compose-'));
  try {
    writeFileSync(join(folder, 'docker-compose.yml'), text);
    if (env !== undefined) writeFileSync(join(folder, '.env'), env);
    const { PATH } = process.env;
    const { stdout } = await run(part('compose-config'), ['docker-compose.yml'], { cwd: folder, env: { PATH } });
    return JSON.parse(stdout) as ComposeConfig;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the script writes that makes the keys. */
export async function composeEnv(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'arena-compose-'));
  try {
    await run(process.execPath, ['scripts/write-compose-env.mjs', join(folder, '.env')]);
    return readFileSync(join(folder, '.env'), 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
