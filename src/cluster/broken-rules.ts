/** The rules of the API server (CEL), applied without one. */
import { Environment } from '@marcbachmann/cel-js';
import { objectSchema } from '../schema/cluster/crd/custom-resource-definition.js';
import type { OpenApiSchema } from '../schema/cluster/crd/structural-schema.js';
import type { ClusterKind } from '../schema/cluster/kinds.js';
import { type CelRule, RULES_KEY } from '../schema/cluster/rules.js';

export interface BrokenRule {
  path: (string | number)[];
  /** What is wrong, and the next step. */
  message: string;
}

type Values = { readonly [key: string]: unknown };

const isMap = (value: unknown): value is Values => typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (map: Values, key: string): unknown => Object.getOwnPropertyDescriptor(map, key)?.value;

/** What there is below a schema: its field's, its elements' or its values' schema. */
function below(schema: OpenApiSchema, key: string | number): OpenApiSchema | undefined {
  if (typeof key === 'number') return isMap(schema.items) ? schema.items : undefined;
  const field = isMap(schema.properties) ? own(schema.properties, key) : undefined;
  const found = field ?? schema.additionalProperties;
  return isMap(found) ? found : undefined;
}

/** The value with the defaults that the API server fills in: where the map around a field is written and the field is not. */
function withDefaults(schema: OpenApiSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((each, index) => withDefaults(below(schema, index) ?? {}, each));
  }
  if (!isMap(value)) return value;
  const filled = new Map(Object.entries(value));
  for (const [name, field] of Object.entries(isMap(schema.properties) ? schema.properties : {})) {
    if (!filled.has(name) && isMap(field) && field.default !== undefined) filled.set(name, field.default);
  }
  return Object.fromEntries([...filled].map(([key, each]) => [key, withDefaults(below(schema, key) ?? {}, each)]));
}

const environment = new Environment({ unlistedVariablesAreDyn: true });
const parsed = new Map<string, ReturnType<Environment['parse']>>();

const schemas = new Map<ClusterKind, OpenApiSchema>();

function schemaOf(kind: ClusterKind): OpenApiSchema {
  const schema = schemas.get(kind) ?? objectSchema(kind);
  schemas.set(kind, schema);
  return schema;
}

/** False as well when the rule cannot be applied to such a value: the schema says what is wrong with it. */
function isBroken(rule: string, self: unknown): boolean {
  const program = parsed.get(rule) ?? environment.parse(rule);
  parsed.set(rule, program);
  try {
    return program({ self }) === false;
  } catch {
    return false;
  }
}

/** Rules that compare with what was before have nothing to say of a manifest. */
const rulesOf = (schema: OpenApiSchema): CelRule[] =>
  ((schema[RULES_KEY] ?? []) as CelRule[]).filter(({ rule }) => !/\boldSelf\b/.test(rule));

/**
 * Rules over several fields that an object of the kind breaks, in the order of its schema. `object` may have faults of
 * its own, which are not told here.
 */
export function brokenRules(kind: ClusterKind, object: unknown): BrokenRule[] {
  const found: BrokenRule[] = [];
  const visit = (schema: OpenApiSchema, value: unknown, path: (string | number)[]): void => {
    for (const { rule, message, fieldPath = '' } of rulesOf(schema)) {
      const at = fieldPath.split('.').filter((step) => step !== '');
      if (isBroken(rule, value)) found.push({ path: [...path, ...at], message });
    }
    const entries = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
    for (const [key, each] of entries) {
      const schemaOfEach = below(schema, key);
      if (schemaOfEach !== undefined) visit(schemaOfEach, each, [...path, key]);
    }
  };
  const schema = schemaOf(kind);
  visit(schema, withDefaults(schema, object), []);
  return found;
}
