import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { supportedAssertionTypes } from '../../src/engine/assertions/registry.js';
import { assertionTypes } from '../../src/schema/assertion-types.js';

test('the page on checks names every check that runs, and no other', () => {
  const page = readFileSync('docs/checks.md', 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const named = rows.flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(named.sort()).toEqual([...supportedAssertionTypes].sort());
});

test('every check that runs is one that a bundle may name', () => {
  expect(supportedAssertionTypes.filter((type) => !assertionTypes.includes(type))).toEqual([]);
});
