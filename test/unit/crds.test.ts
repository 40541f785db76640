import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from '@marcbachmann/cel-js';
import { crdFiles } from '../../scripts/crd-files.mjs';
import { admissionPolicy } from '../../src/schema/cluster/crd/admission-policy.js';
import { customResourceDefinition, objectSchema } from '../../src/schema/cluster/crd/custom-resource-definition.js';
import { printerColumns } from '../../src/schema/cluster/crd/printer-columns.js';
import { type ClusterKind, clusterKinds } from '../../src/schema/cluster/kinds.js';
import { type CelRule, RULES_KEY } from '../../src/schema/cluster/rules.js';

const kinds = Object.keys(clusterKinds) as ClusterKind[];

type Node = { readonly [keyword: string]: unknown };

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value);

/** All schemas of a kind, with their paths. */
function nodesOf(kind: ClusterKind): [string, Node][] {
  const walk = (node: unknown, path: string): [string, Node][] => {
    if (!isNode(node)) return [];
    const fields = isNode(node.properties) ? Object.entries(node.properties) : [];
    return [
      [path, node],
      ...fields.flatMap(([name, field]) => walk(field, `${path}.${name}`)),
      ...walk(node.items, `${path}[]`),
      ...walk(node.additionalProperties, `${path}.*`),
    ];
  };
  return walk(objectSchema(kind), kind);
}

const nodes = kinds.flatMap(nodesOf);
const rules = nodes.flatMap(([path, node]) =>
  ((node[RULES_KEY] ?? []) as CelRule[]).map((rule) => [path, rule.message, rule] as const),
);

describe('the resource definitions', () => {
  test.each(crdFiles(customResourceDefinition, admissionPolicy()).map(({ path, text }) => [path, text] as const))(
    'are up to date: %s (npm run docs writes it)',
    (path, text) => {
      expect(readFileSync(path, 'utf8')).toBe(text);
    },
  );

  test('say the type of each value, but where anything may stand', () => {
    const untyped = nodes.filter(([, { type, 'x-kubernetes-preserve-unknown-fields': free }]) => !type && !free);
    expect(untyped).toEqual([]);
  });

  test('refer to nothing, and have neither bounds nor keywords that the API server refuses', () => {
    for (const [, node] of nodes) {
      for (const refused of ['$ref', 'anyOf', 'const', 'definitions', 'propertyNames', '$schema']) {
        expect(node).not.toHaveProperty([refused]);
      }
      expect(node.additionalProperties).not.toBe(false);
      expect(Math.abs(Number(node.maximum ?? 0))).toBeLessThan(2 ** 32);
    }
  });

  test('describe each field of a spec', () => {
    const silent = nodes.filter(([path, node]) => /\.spec\..*\w$/.test(path) && node.description === undefined);
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  test('bound each list of a spec, so that rules over it cost little', () => {
    const endless = nodes.filter(([path, node]) => path.includes('.spec.') && node.type === 'array' && !node.maxItems);
    expect(endless.map(([path]) => path)).toEqual([]);
  });

  test('fill in no field that a config or an Arena file could say', () => {
    const filledOf = (kind: ClusterKind) =>
      nodesOf(kind).flatMap(([path, node]) => (node.default === undefined ? [] : [path.slice(`${kind}.spec.`.length)]));
    expect(Object.fromEntries(kinds.map((kind) => [kind, filledOf(kind)]))).toEqual({
      ArenaSource: [],
      ArenaConfig: ['selfPlay.enabled', 'selfPlay.rounds', 'selfPlay.swapRoles'],
      ArenaJob: ['type', 'schedule.timezone', 'schedule.concurrencyPolicy', 'cache.mode'],
      Provider: ['role'],
      ToolRegistry: [],
      AgentRuntime: [],
    });
  });

  test.each(rules)('have rules that can be read, with the next step: %s: %s', (_, message, { rule }) => {
    expect(() => parse(rule)).not.toThrow();
    expect(message).toMatch(/: \w/);
  });

  test('let groups of providers be lists and maps of entries, each a provider or an agent', () => {
    const groups = new Map(nodesOf('ArenaJob').map(([path, node]) => [path.slice('ArenaJob.'.length), node])).get(
      'spec.providers.*',
    );
    const entry = { oneOf: [{ required: ['providerRef'] }, { required: ['agentRef'] }] };
    expect(groups).toMatchObject({
      'x-kubernetes-preserve-unknown-fields': true,
      items: entry,
      additionalProperties: entry,
    });
    expect(groups).not.toHaveProperty('type');
  });
});

describe('the columns of kubectl', () => {
  test.each<[ClusterKind, string, string]>([
    ['ArenaJob', 'Type Phase Progress Passed Failed Cost Age', 'Source Revision Workers Next-Run Workflow Message'],
    ['ArenaSource', 'Type Phase Ready Revision Age', 'Digest Message'],
    ['ArenaConfig', 'Source Phase Ready Scenarios Age', 'Revision Message'],
    ['Provider', 'Type Model Phase Age', ''],
    ['ToolRegistry', 'Tools Phase Age', ''],
    ['AgentRuntime', 'Phase Endpoint Age', ''],
  ])('of %s are %s, and with -o wide %s', (kind, narrow, wide) => {
    const named = (isWide: boolean) =>
      printerColumns[kind].filter(({ priority }) => (priority === 1) === isWide).map(({ name }) => name);
    expect([named(false).join(' '), named(true).join(' ')]).toEqual([narrow, wide]);
  });

  test.each(kinds)('of %s show what its schema has', (kind) => {
    const known = new Set(nodesOf(kind).map(([path]) => path.slice(kind.length)));
    const shown = printerColumns[kind].map(({ jsonPath }) => jsonPath.replace(/\[\?\(.*?\)\]/, '[]'));
    expect(shown.filter((path) => !path.startsWith('.metadata') && !known.has(path))).toEqual([]);
  });
});
