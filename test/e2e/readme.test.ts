import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Checkout, snippetsOf } from '../helpers/checkout.js';

describe('what README.md tells people to type', () => {
  let checkout: Checkout;

  beforeAll(() => {
    checkout = new Checkout();
  }, 120_000);

  afterAll(() => checkout.remove());

  const snippets = snippetsOf('README.md');

  test('there is something to type', () => {
    expect(snippets.length).toBeGreaterThan(5);
  });

  test.each(snippets)(
    '$commands',
    async ({ commands, exitCode }) => {
      // Packages are linked into the copy already; .ci/run itself begins with a real `npm ci`.
      await checkout.shell(commands.replace(/^npm ci$/m, 'true'), exitCode);
    },
    180_000,
  );

  test('a run leaves the reports that README.md lists', () => {
    const summary: unknown = JSON.parse(readFileSync(join(checkout.folder, 'out', 'summary.json'), 'utf8'));
    expect(summary).toMatchObject({ schemaVersion: 1, bundle: { name: 'quickstart' } });
  });
});
