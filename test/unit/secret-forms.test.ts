/** Another side may give a secret back in any form that programs write texts in. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Secrets } from '../../src/core/secrets.js';

/** Characters that URLs, JSON, HTML and base64 write otherwise. */
const SECRET = 'canary+key/5d0e="7b31"&~c9\\é';

function keeping(...secrets: string[]): Secrets {
  const kept = new Secrets(() => undefined);
  for (const secret of secrets) kept.keep(secret);
  return kept;
}

const bytes = (text: string) => [...Buffer.from(text)];
const everyByte = (text: string, write: (hex: string) => string) =>
  bytes(text)
    .map((byte) => write(byte.toString(16).padStart(2, '0')))
    .join('');

type Form = [what: string, write: (secret: string) => string];

const FORMS: Form[] = [
  ['plain', (secret) => secret],
  ['in JSON', (secret) => JSON.stringify(secret)],
  ['in JSON within JSON within JSON', (secret) => JSON.stringify(JSON.stringify(JSON.stringify(secret)))],
  ['in JSON with slashes escaped', (secret) => JSON.stringify(secret).replaceAll('/', '\\/')],
  ['in JSON with all but ASCII escaped', (secret) => JSON.stringify(secret).replaceAll('é', '\\u00e9')],
  ['in a URL', encodeURIComponent],
  [
    'in a URL with digits in lower case',
    (secret) => encodeURIComponent(secret).replace(/%../g, (hex) => hex.toLowerCase()),
  ],
  ['in a URL within a URL', (secret) => encodeURIComponent(encodeURIComponent(secret))],
  ['in a form', (secret) => new URLSearchParams({ key: secret }).toString().slice('key='.length)],
  ['in a path that is left as it is', (secret) => encodeURI(secret)],
  ['with every byte as in a URL', (secret) => everyByte(secret, (hex) => `%${hex}`)],
  ['with every byte as in a URL, in capitals', (secret) => everyByte(secret, (hex) => `%${hex.toUpperCase()}`)],
  ['in HTML', (secret) => secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('/', '&#x2F;')],
  [
    'in HTML by numbers',
    (secret) => secret.replaceAll('&', '&#38;').replaceAll('"', '&#034;').replaceAll('+', '&#x2b;'),
  ],
  ['in hex', (secret) => Buffer.from(secret).toString('hex')],
  ['in hex, in capitals', (secret) => Buffer.from(secret).toString('hex').toUpperCase()],
  ...['', 'x', 'xx', 'user:', 'Bearer '].flatMap((before): Form[] =>
    ['', 'y', 'yy'].flatMap((after): Form[] => {
      const whole = (secret: string) => Buffer.from(`${before}${secret}${after}`);
      const where = `between "${before}" and "${after}"`;
      return [
        [`in base64 ${where}`, (secret) => whole(secret).toString('base64')],
        [`in base64 for URLs ${where}`, (secret) => whole(secret).toString('base64url')],
        [`in base64 in a URL ${where}`, (secret) => encodeURIComponent(whole(secret).toString('base64'))],
        [`in base64 in JSON ${where}`, (secret) => whole(secret).toString('base64').replaceAll('/', '\\/')],
      ];
    }),
  ),
];

/** What of the secret can be read in a text in some way: long enough parts of it, plain or decoded. */
function legible(text: string): string {
  const decoded = [0, 1, 2, 3].flatMap((skip) =>
    (text.match(/[A-Za-z0-9+/_-]+/g) ?? []).map((word) => Buffer.from(word.slice(skip), 'base64').toString('latin1')),
  );
  return [text, Buffer.from(text.replace(/[^0-9a-f]/gi, ''), 'hex').toString('latin1'), ...decoded].join('\n');
}

describe('a secret is taken out of a text', () => {
  test.each(FORMS)('%s', (_, write) => {
    const clean = keeping(SECRET).scrub(`you sent ${write(SECRET)} to us`);
    expect(clean).toMatch(/^you sent .*\*\*\*.* to us$/);
    // Its characters that nothing writes otherwise: four in a row tell that much of it is left.
    expect(legible(clean)).not.toMatch(/cana|nary|5d0e|7b31/);
  });

  test.each<[string, string]>([
    ['twice', `${SECRET} and ${Buffer.from(SECRET).toString('base64')}`],
    ['cut in its middle', `you sent ${SECRET.slice(0, 20)}…`],
    ['cut in the middle of its base64', `you sent ${Buffer.from(SECRET).toString('base64').slice(0, 20)}…`],
    [
      'cut in the middle of its base64 elsewhere',
      `you sent ${Buffer.from(`x${SECRET}`).toString('base64').slice(2, 22)}…`,
    ],
    ['cut in the middle of its hex', `you sent ${Buffer.from(SECRET).toString('hex').slice(0, 20)}…`],
  ])('%s', (_, text) => {
    const clean = keeping(SECRET).scrub(text);
    expect(clean).toContain('***');
    expect(legible(clean)).not.toMatch(/cana|nary|5d0e|7b31/);
  });

  test.each([
    'plain',
    'in JSON',
    'in a URL',
    'in hex',
    'in base64 between "x" and "yy"',
    'in base64 in a URL between "xx" and ""',
  ])('as long as tokens of clouds, %s', (what) => {
    const token = `canary${Array.from({ length: 300 }, (_, index) => `${index}/+="`).join('')}`;
    const write = FORMS.find(([name]) => name === what)?.[1] ?? String;
    const clean = keeping(token).scrub(`you sent ${write(token)} to us`);
    expect(clean.length).toBeLessThan(40);
    expect(clean).toMatch(/^you sent .*\*\*\*.* to us$/);
  });

  test('whatever it is made of, in every form', () => {
    const printable = fc
      .string({ minLength: 8, maxLength: 60, unit: 'grapheme-ascii' })
      .filter((text) => text.trim() === text);
    fc.assert(
      fc.property(printable, fc.constantFrom(...FORMS), (secret, [, write]) => {
        const written = write(secret);
        expect(keeping(secret).scrub(`<< ${written} >>`)).not.toContain(written);
      }),
    );
  });
});

describe('other texts stay as they are', () => {
  test.each([
    ['that hold some of it', SECRET, 'canary and key, 5d0e 7b31'],
    ['that hold the base64 of a secret too short for that', 'test1', Buffer.from('test1').toString('base64')],
    ['that hold the hex of a secret too short for that', 'test1', Buffer.from('test1').toString('hex')],
    ['that hold an escape beside what looks like the rest', 'newcanary1', '\\tewcanary1'],
  ])('%s', (_, secret, text) => {
    expect(keeping(secret).scrub(text)).toBe(text);
  });

  test('and data that holds none is not even copied', () => {
    const data = { content: 'nothing', list: [1, null, { deep: true }] };
    expect(keeping(SECRET).scrubData(data)).toBe(data);
  });
});

describe('in data', () => {
  test('names and values are cleaned, also where an escape of JSON looks like the first letter', () => {
    const secret = 'newline-canary-1';
    // JSON would have it as \newline-canary-1, of which the secret is all but the backslash.
    const data = { said: `\n${secret.slice(1)}`, [secret]: [{ echo: encodeURIComponent(`<${secret}>`) }] };
    const clean = keeping(secret).scrubData<unknown>(data);
    expect(clean).toEqual({ said: '\newline-canary-1', '***': [{ echo: '%3C***%3E' }] });
  });

  test('a name that every object has is one like any other', () => {
    const data = JSON.parse(`{"__proto__": {"said": "${Buffer.from(SECRET).toString('base64')}"}}`);
    const clean = keeping(SECRET).scrubData<object>(data);
    expect(JSON.stringify(clean)).toMatch(/^\{"__proto__":\{"said":"\*\*\*.{0,4}"\}\}$/);
    expect(Object.getPrototypeOf(clean)).toBe(Object.prototype);
  });
});

describe('time', () => {
  test.each([
    ['backslashes', `${'\\'.repeat(40)}canary`, '\\'.repeat(200_000)],
    ['escapes within escapes', '%%%%%%%%canary', `${'%25'.repeat(60_000)}canary`],
    ['entities within entities', '&&&&&&&&canary', `${'&amp;'.repeat(40_000)}canary`],
    ['much of the secret', `${'aB3/'.repeat(60)}canary`, 'aB3%2F'.repeat(20_000)],
    ['much of a secret as long as tokens of clouds', `${'aB3/'.repeat(600)}canary`, 'aB3%2F'.repeat(30_000)],
  ])('is not taken by a text of %s', (_, secret, text) => {
    const startedAt = performance.now();
    keeping(secret).scrub(`${text} ${secret.slice(0, -1)} canary`);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
