import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildProgram } from '../../src/cli/program.js';

describe('docs/running.md', () => {
  const page = readFileSync('docs/running.md', 'utf8');
  const verbs = buildProgram(() => undefined).commands;

  test.each(verbs.map((verb) => [verb.name(), verb] as const))('knows every option of %s', (name, verb) => {
    expect(page).toContain(`arena ${name}`);
    const options = verb.options.flatMap(({ long }) => (long ? [long] : []));
    expect(options.filter((option) => !new RegExp(`${option}\\b`).test(page))).toEqual([]);
  });

  test('names no option that no verb has', () => {
    const known = new Set(verbs.flatMap((verb) => verb.options.map(({ long }) => long)));
    const named = [...page.matchAll(/--[a-z][a-z-]+/g)].map(([option]) => option);
    expect(named.filter((option) => option !== '--help' && !known.has(option))).toEqual([]);
  });
});
