/** What the API server and the controller would refuse of an object, found without them. */
import { brokenRules } from '../../cluster/broken-rules.js';
import { type ClusterKind, clusterKinds } from '../../schema/cluster/kinds.js';
import { manifestSchemas } from '../../schema/cluster/manifest.js';
import { API_VERSION, GROUP } from '../../schema/cluster/object-meta.js';
import type { Fault } from '../fault.js';
import { dotted, schemaFaults, strayKeyFaults } from '../schema-faults.js';
import { closest, hintFor } from '../suggest.js';
import type { WrittenObject } from './read-manifests.js';

export interface CheckedManifest {
  /** `ArenaJob nightly`, as far as it can be told. */
  name: string;
  /** An object of another kind, which is left to others. */
  foreign: boolean;
  faults: Fault[];
}

const KINDS = Object.keys(clusterKinds);

const isKind = (kind: string): kind is ClusterKind => Object.hasOwn(clusterKinds, kind);

type Map = { readonly [key: string]: unknown };

const isMap = (value: unknown): value is Map => typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

function nameOf(value: Map): string {
  const { name, generateName, namespace } = isMap(value.metadata) ? value.metadata : {};
  const own = text(name) ?? (text(generateName) === undefined ? '?' : `${text(generateName)}*`);
  return `${text(value.kind) ?? '?'} ${text(namespace) === undefined ? '' : `${text(namespace)}/`}${own}`.slice(0, 400);
}

interface Doubt {
  path: string[];
  message: string;
  hint: string;
}

/** Which of our kinds it is; `undefined` when it is somebody else's. */
function kindOf(value: Map): ClusterKind | Doubt | undefined {
  const apiVersion = text(value.apiVersion);
  const kind = text(value.kind);
  if (apiVersion === undefined) {
    return { path: ['apiVersion'], message: 'has no apiVersion', hint: `of Arena's kinds it is ${API_VERSION}` };
  }
  if (kind === undefined) return { path: ['kind'], message: 'has no kind', hint: `those here are ${KINDS.join(', ')}` };
  const [group = '', ...rest] = apiVersion.split('/');
  if (group === GROUP) {
    if (apiVersion !== API_VERSION && isKind(kind)) {
      const message = `unknown version "${rest.join('/').slice(0, 63)}" of ${kind}`;
      return { path: ['apiVersion'], message, hint: `write apiVersion: ${API_VERSION}` };
    }
    if (isKind(kind)) return kind;
    // The group has other kinds, which others bring.
    if (closest(kind, KINDS) === undefined) return undefined;
    return { path: ['kind'], message: `unknown kind "${kind.slice(0, 63)}"`, hint: hintFor(kind, KINDS, 'kinds') };
  }
  // Bundles have kinds of the same names in a group of their own.
  if (!kind.startsWith('Arena') || !isKind(kind)) return undefined;
  const message = `unknown group "${group.slice(0, 253)}" of kind ${kind}`;
  return { path: ['apiVersion'], message, hint: `write apiVersion: ${API_VERSION}` };
}

/** All faults of an object at once, each at its place. */
export function checkManifest({ file, value, positions }: WrittenObject): CheckedManifest {
  const fault = (path: readonly (string | number)[], message: string, hint?: string): Fault => ({
    severity: 'error',
    file,
    ...positions.find(path),
    message,
    hint,
  });
  if (!isMap(value)) {
    const faults = [fault([], 'is no object of the cluster', 'begin it with apiVersion and kind')];
    return { name: '?', foreign: false, faults };
  }
  const name = nameOf(value);
  const kind = kindOf(value);
  if (kind === undefined) return { name, foreign: true, faults: [] };
  if (typeof kind !== 'string') {
    return { name, foreign: false, faults: [fault(kind.path, kind.message, kind.hint)] };
  }
  const schema = manifestSchemas[kind];
  const parsed = schema.safeParse(value);
  const shape = parsed.success
    ? strayKeyFaults(schema, value, file, positions)
    : schemaFaults(parsed.error, schema, value, file, positions);
  const rules = brokenRules(kind, value).map(({ path, message }) => fault(path, `${dotted(path)}: ${message}`));
  const faults = [...shape, ...rules].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  return { name, foreign: false, faults };
}
