import { describe, expect, test } from '@jest/globals';
import { claimsOf, coverageFaults, coverageTable } from '../../scripts/schema-coverage.mjs';
import { schemaLeaves } from '../../scripts/schema-leaves.mjs';

const text = { type: 'string', description: 'T.' };
const check = { type: 'object', properties: { kind: text, min: text, max: text } };

function leavesOf(properties: object, at?: string) {
  return schemaLeaves([{ name: 'Thing', schema: { type: 'object', properties }, at }]).map(({ leaf, as }) =>
    as === undefined ? leaf : `${leaf} as ${as}`,
  );
}

describe('the leaves of a schema', () => {
  test.each<[string, object, string[]]>([
    ['values', { a: text, b: { type: 'object', properties: { c: text } } }, ['Thing.a', 'Thing.b.c']],
    ['lists and maps of values are one leaf', { a: { type: 'array', items: text } }, ['Thing.a']],
    ['free maps are one leaf', { a: { type: 'object', additionalProperties: {} } }, ['Thing.a']],
    ['elements of lists', { a: { type: 'array', items: check } }, ['Thing.a[].kind', 'Thing.a[].min', 'Thing.a[].max']],
    ['values of maps', { a: { additionalProperties: { properties: { b: text } } } }, ['Thing.a.*.b']],
    ['alternatives', { a: { anyOf: [text, { properties: { b: text } }] } }, ['Thing.a.b']],
    [
      'a shape met again is one leaf',
      { a: check, b: { type: 'array', items: check } },
      ['Thing.a.kind', 'Thing.a.min', 'Thing.a.max', 'Thing.b[] as Thing.a'],
    ],
    [
      'one property in common is no shape in common',
      { a: { properties: { on: text, x: text } }, b: { properties: { on: text } } },
      ['Thing.a.on', 'Thing.a.x', 'Thing.b.on'],
    ],
  ])('%s', (_, properties, expected) => {
    expect(leavesOf(properties)).toEqual(expected);
  });

  test('begin below the frame when one is named', () => {
    expect(leavesOf({ kind: text, spec: { type: 'object', properties: { a: text } } }, 'spec')).toEqual([
      'Thing.spec.a',
    ]);
  });

  test('of a schema that comes back to itself come to an end', () => {
    const tree = { $ref: '#/$defs/tree' };
    const schema = { properties: { a: tree }, $defs: { tree: { additionalProperties: tree } } };
    expect(schemaLeaves([{ name: 'Thing', schema }]).map(({ leaf }) => leaf)).toEqual(['Thing.a']);
  });
});

const FILE = `
  // shows Thing.a, Thing.b
  test('one matters', () => {
    expect(1).toBe(1);
  });

  test.each([
    // shows nothing of a schema
    ['Thing.c[].d', 1],
    // shows Thing.e
    [other, 2],
  ])('%s has an effect', () => {});

  const late = 'Thing.f';
`;

describe('the claims of tests', () => {
  const claims = claimsOf('test/unit/x.test.ts', FILE, ['Thing']);

  test('stand above a test, inside it, or in a row of its table', () => {
    expect(claims.map(({ leaf, test: title, line }) => [leaf, title, line])).toEqual([
      ['Thing.a', 'one matters', 2],
      ['Thing.b', 'one matters', 2],
      ['Thing.c[].d', '%s has an effect', 9],
      ['Thing.e', '%s has an effect', 10],
      ['Thing.f', undefined, 14],
    ]);
  });

  test('are faults where they name no leaf or stand in no test, and so is a leaf without one', () => {
    const leaves = ['Thing.a', 'Thing.b', 'Thing.c[].d', 'Thing.f', 'Thing.g'].map((leaf) => ({ leaf, text: '' }));
    expect(coverageFaults(leaves, claims)).toEqual([
      'test/unit/x.test.ts:10 claims Thing.e, which no schema has as a leaf',
      'test/unit/x.test.ts:14 claims Thing.f outside of a test',
      'Thing.f has no test that shows its effect or its refusal',
      'Thing.g has no test that shows its effect or its refusal',
    ]);
  });

  test('may name the elements of a list that is one leaf', () => {
    const leaves = [{ leaf: 'Thing.a', text: '' }];
    expect(coverageFaults(leaves, [{ leaf: 'Thing.a[]', file: 'x', line: 1, test: 't' }])).toEqual([]);
    const shapes = [{ leaf: 'Thing.b[]', text: '', as: 'Thing.a' }];
    expect(coverageFaults(shapes, [{ leaf: 'Thing.b', file: 'x', line: 1, test: 't' }])).toEqual([]);
  });

  test('below a shape that stands in two places count for both', () => {
    const leaves = [
      { leaf: 'Thing.a[].b', text: '' },
      { leaf: 'Other.c[]', text: '', as: 'Thing.a[]' },
    ];
    expect(coverageFaults(leaves, [{ leaf: 'Other.c[].b', file: 'x', line: 1, test: 't' }])).toEqual([]);
    expect(coverageFaults(leaves, [{ leaf: 'Other.c[].d', file: 'x', line: 1, test: 't' }])[0]).toContain(
      'Thing.a[].d',
    );
  });

  test('may be built of a constant; a block of leaves in quotes is none', () => {
    const text = "const A = 'Thing.a.*';\ntest('t', () => {\n  f(`$" + "{A}.b`, 'Thing.a');\n});\n";
    const built = claimsOf('x', text, ['Thing']);
    expect(built.map(({ leaf }) => leaf)).toEqual(['Thing.a.*', 'Thing.a.*.b', 'Thing.a']);
    expect(coverageFaults([{ leaf: 'Thing.a.*.b', text: '' }], built)).toEqual([]);
  });

  test('make the table', () => {
    const leaves = [
      { leaf: 'Thing.a', text: '' },
      { leaf: 'Thing.e', text: '', as: 'Thing.a' },
    ];
    const table = coverageTable(leaves, claims);
    expect(table.slice(table.indexOf('## Thing'))).toBe(
      [
        '## Thing',
        '',
        '| Leaf | Tests |',
        '|---|---|',
        '| `Thing.a` | unit/x.test.ts: one matters |',
        '| `Thing.e`, as `Thing.a` | unit/x.test.ts: %s has an effect |',
        '',
      ].join('\n'),
    );
  });
});
