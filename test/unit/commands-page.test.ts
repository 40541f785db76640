import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildProgram } from '../../src/cli/program.js';
import { EXIT } from '../../src/core/exit-codes.js';
import { jobInputSchema } from '../../src/schema/job.js';

describe.each(['README.md', 'docs/running.md'])('the exit codes of %s', (file) => {
  test('are those that there are', () => {
    const rows = readFileSync(file, 'utf8').matchAll(/^\| (\d+) +\|/gm);
    expect([...rows].map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
  });
});

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

test('docs/starting-from-other-services.md shows inputs that are taken, one of each type', () => {
  const page = readFileSync('docs/starting-from-other-services.md', 'utf8');
  const inputs = [...page.matchAll(/^```json\n([\s\S]*?)^```/gm)].map(([, text]) => JSON.parse(text ?? ''));
  expect(inputs.map((input) => jobInputSchema.parse(input).type)).toEqual(['evaluation', 'loadtest', 'datagen']);
});
