/** Services whose certificate an authority of the user's own vouches for. Node reads those when it starts. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { selfSigned } from '../helpers/self-signed.js';

const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Calls a provider in a process of its own, and prints what came of it. */
const PROGRAM = `
import { createHttpProvider } from './dist/src/io/providers/create-http-provider.js';
import { providerSpecSchema } from './dist/src/schema/provider.js';
const spec = providerSpecSchema.parse({ type: 'vllm', model: 'm', base_url: process.argv[1] });
const settings = { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
const provider = createHttpProvider({ id: 'p', spec, at: () => 'p.yaml' }, settings);
const request = { messages: [{ role: 'user', content: 'a' }], parameters: {}, context: { scenario: 's', provider: 'p' } };
const { signal } = new AbortController();
const outcome = await provider.complete(request, { signal }).then(
  ({ content }) => content,
  ({ failure }) => failure.code + ': ' + failure.hint,
);
console.log(outcome);
`;

async function outcome(url: string, env: { [name: string]: string }): Promise<string> {
  const args = ['--input-type=module', '-e', PROGRAM, url];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: { ...process.env, ...env } });
  return stdout.trim();
}

describe('a service behind TLS', () => {
  test('is trusted when NODE_EXTRA_CA_CERTS names its authority, and else says so', async () => {
    const identity = selfSigned();
    const server = createServer(identity, (request, response) => {
      request.resume();
      response.end(JSON.stringify({ choices: [{ message: { content: 'ok' } }] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const folder = await mkdtemp(join(tmpdir(), 'arena-ca-'));
    closers.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'authority.pem');
    await writeFile(file, identity.cert);
    const url = `https://localhost:${(server.address() as AddressInfo).port}/v1`;
    expect(await outcome(url, { NODE_EXTRA_CA_CERTS: file })).toBe('ok');
    expect(await outcome(url, { NODE_EXTRA_CA_CERTS: '' })).toMatch(/^connection_failed: .*NODE_EXTRA_CA_CERTS$/);
  });
});
