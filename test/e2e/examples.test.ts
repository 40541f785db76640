import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Checkout, snippetsOf } from '../helpers/checkout.js';

const MINUTES = 60_000;

describe('the examples, as their pages tell people to run them', () => {
  let checkout: Checkout;

  beforeAll(() => {
    checkout = new Checkout();
  }, MINUTES);

  afterAll(async () => {
    // What an example leaves up when it fails half-way; a second stop does no harm.
    await checkout.shell('node dist/src/cli/main.js dev --stop --force', 0);
    checkout.remove();
  });

  test.each<[example: string, provider: string, address: string, stats: object]>([
    [
      'openai-compatible',
      'providers/endpoint.provider.yaml',
      'http://127.0.0.1:18080/v1',
      { calls: 4, byStatus: { 200: 3, 429: 1 } },
    ],
    [
      'load-test',
      'providers/line.provider.yaml',
      'http://127.0.0.1:18082/v1',
      { aborted: 0, byStatus: { 200: expect.any(Number) } },
    ],
    [
      'agents',
      'guide.provider.yaml',
      'ws://127.0.0.1:18081/ws',
      { turns: { asked: 4, done: 3, lost: 1, repeatedAfterDone: 0 }, toolCalls: { answered: 1 }, violations: {} },
    ],
  ])(
    '%s, against arena mock',
    async (example, file, address, expected) => {
      const page = `examples/${example}/README.md`;
      const server = /^```sh server\n(.*)$/m.exec(readFileSync(page, 'utf8'))?.[1] ?? '';
      // The page names a port, so that people can copy both commands; a test takes any.
      const command = server.replace('npx arena', 'node dist/src/cli/main.js').replace(new URL(address).port, '0');
      const mock = checkout.start(`exec ${command}`);
      try {
        const url = await new Promise<string>((resolve, reject) => {
          mock.stdout.on('data', (chunk: Buffer) => resolve(chunk.toString('utf8').trim()));
          mock.on('close', () => reject(new Error('the mock server ended')));
        });
        const provider = join(checkout.folder, `examples/${example}`, file);
        const text = readFileSync(provider, 'utf8');
        writeFileSync(provider, text.replace(address, url));

        for (const { commands, exitCode } of snippetsOf(page)) await checkout.shell(commands, exitCode);

        const stats: unknown = await (await fetch(new URL('/stats', url.replace(/^ws/, 'http')))).json();
        expect(stats).toMatchObject(expected);
      } finally {
        mock.kill();
      }
    },
    3 * MINUTES,
  );

  test(
    'start-from-json, with the temporal command',
    async () => {
      const snippets = snippetsOf('examples/start-from-json/README.md');
      // One shell for all of it: the first command sets variables for the others.
      const stdout = await checkout.shell(snippets.map(({ commands }) => commands).join('\n'), 0);
      expect(stdout).toContain('"reason":"AssertionsFailed"');
      expect(stdout).toContain('damaged-parcel/sparrow');
      const summary: unknown = JSON.parse(
        readFileSync(join(checkout.folder, 'from-json-reports/summary.json'), 'utf8'),
      );
      expect(summary).toMatchObject({ run: 'from-json/1', counts: { total: 18, passed: 17, failed: 1 } });
    },
    3 * MINUTES,
  );
});
