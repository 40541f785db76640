/** `node scripts/write-compose-env.mjs [FILE]`: writes .env for docker-compose.yml, with a fresh secret for each variable of .env.example. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const file = process.argv[2] ?? '.env';
const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
const names = [...example.matchAll(/^([A-Z0-9_]+)=/gm)].map(([, name]) => name);

try {
  // Never over another: the services keep what they were first started with.
  const text = names.map((name) => `${name}=${randomBytes(24).toString('hex')}\n`).join('');
  writeFileSync(file, text, { mode: 0o600, flag: 'wx' });
  console.error(`${file} holds ${names.join(', ')}`);
} catch (error) {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  console.error(`${file} is there already; its keys are kept`);
}
