import { describe, expect, test } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { compileSchema } from '../../src/engine/json-schema.js';
import { cpuMs } from '../helpers/cpu-time.js';

type Schema = { [key: string]: JsonValue };

/** Each definition asks for the next one twice. */
function doubling(levels: number, twice: (ref: Schema) => Schema): Schema {
  const definitions: Schema = { [`a${levels}`]: { type: 'string' } };
  for (let level = 0; level < levels; level += 1)
    definitions[`a${level}`] = twice({ $ref: `#/definitions/a${level + 1}` });
  return { definitions, $ref: '#/definitions/a0' };
}

function nested(levels: number, inner: JsonValue, wrap: (value: JsonValue) => JsonValue): JsonValue {
  let value = inner;
  for (let level = 0; level < levels; level += 1) value = wrap(value);
  return value;
}

const inside = (schema: JsonValue): JsonValue => ({ properties: { x: schema } });
const holding = (value: JsonValue): JsonValue => ({ x: value });
const numbers = (count: number): JsonValue[] => Array.from({ length: count }, (_, index) => index);

const CIRCLE = { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } };

/** Well below what would starve the heartbeats of a shard. */
const SOON_MS = 4000;

describe('a schema that asks for too much', () => {
  test.each<[string, Schema, JsonValue, string]>([
    ['refers to itself', { $ref: '#' }, {}, 'go round in circles'],
    ['refers in a circle', { definitions: CIRCLE, $ref: '#/definitions/a' }, {}, 'go round in circles'],
    ['doubles at each reference', doubling(40, (ref) => ({ allOf: [ref, ref] })), 5, 'more than 200000 steps'],
    [
      'doubles at each level of the value',
      doubling(60, (ref) => ({ anyOf: [holdsTwice(ref), holdsTwice(ref)] })),
      nested(60, 5, holding),
      'more than 200000 steps',
    ],
    ['meets a value that is too large for it', { enum: numbers(5000) }, numbers(100_000), 'too large for the schema'],
    ['meets a value nested without end', { type: 'object' }, nested(100_000, 1, holding), 'nested too deeply'],
  ])('%s: the check ends with a fault', (_, schema, value, fault) => {
    const started = cpuMs();
    expect(compileSchema(schema)(value)[0]).toContain(fault);
    expect(cpuMs() - started).toBeLessThan(SOON_MS);
  });

  function holdsTwice(ref: Schema): Schema {
    return { properties: { x: ref }, required: ['y'] };
  }

  test.each<[string, Schema, string]>([
    ['an address', { $ref: 'http://127.0.0.1:9/schema.json' }, "can't resolve reference"],
    ['too many values', { enum: numbers(20_000) }, 'more than 10000 values'],
    ['too many levels', nested(1000, {}, inside) as Schema, 'nested more than 200 levels deep'],
  ])('is refused: %s', (_, schema, why) => {
    expect(() => compileSchema(schema)).toThrow(why);
  });

  test('many items are told from each other in time that grows with their number', () => {
    const started = cpuMs();
    const items = numbers(20_000).map((index): JsonValue => ({ index }));
    expect(compileSchema({ uniqueItems: true })(items)).toEqual([]);
    expect(compileSchema({ uniqueItems: true })([...items, { index: 7 }])).toEqual([
      '(root) must NOT have duplicate items',
    ]);
    expect(compileSchema({ uniqueItems: false })([1, 1])).toEqual([]);
    expect(cpuMs() - started).toBeLessThan(SOON_MS);
  });

  test('items are the same whatever the order of their keys', () => {
    expect(
      compileSchema({ uniqueItems: true })([
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ]),
    ).toHaveLength(1);
    expect(compileSchema({ uniqueItems: true })([1, '1', true, null, [1], { a: 1 }])).toEqual([]);
  });

  test('references that end are followed as ever, also where data look like them', () => {
    const tree = {
      type: 'object',
      properties: { children: { type: 'array', items: { $ref: '#' } } },
      required: ['name'],
    };
    const check = compileSchema(tree);
    expect(check({ name: 'a', children: [{ name: 'b' }] })).toEqual([]);
    expect(check({ name: 'a', children: [{ children: [] }] })).toEqual([
      "children.0 must have required property 'name'",
    ]);
    expect(compileSchema({ const: { $ref: 'x' } })({ $ref: 'x' })).toEqual([]);
  });

  test('faults are few and short', () => {
    const faults = compileSchema({ items: { enum: ['x'.repeat(1000)] } })(numbers(100));
    expect(faults).toHaveLength(10);
    expect(Math.max(...faults.map((fault) => fault.length))).toBeLessThanOrEqual(301);
  });
});
