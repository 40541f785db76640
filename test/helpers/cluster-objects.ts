/**
 * Objects of a cluster in memory, and what a job of them comes to. Rows name a field by its leaf in docs/coverage.md, and
 * this sets that very field, so that a row cannot claim another.
 */
import { expect } from '@jest/globals';
import type { ClusterReader } from '../../src/cluster/cluster-reader.js';
import { type Resolution, resolveJob } from '../../src/cluster/resolve-job.js';
import type { ArenaJobReference, ResolvedJob } from '../../src/cluster/resolved-job.js';

export const DIGEST = 'a'.repeat(64);
export const OLD_DIGEST = 'b'.repeat(64);
export const RUN = 'team/night/01234567/1';

const API_VERSION = 'omnia.altairalabs.ai/v1alpha1';

export interface TestObject {
  kind: string;
  metadata: { name: string; namespace: string; [field: string]: unknown };
  spec: { [field: string]: unknown };
  status?: { [field: string]: unknown };
}

export function object(kind: string, name: string, spec: object, rest: Partial<TestObject> = {}): TestObject {
  const { metadata, ...others } = rest;
  const uid = `0123456789-${kind}-${name}`;
  return {
    kind,
    metadata: { namespace: 'team', uid, generation: 1, ...metadata, name },
    spec: { ...spec },
    ...others,
  };
}

/** A reader of just these objects, which counts nothing and forgets nothing. */
function readerOf(objects: readonly TestObject[]): ClusterReader {
  return {
    get: async (kind, { namespace, name }) => {
      const found = objects.find(
        (each) => each.kind === kind && each.metadata.namespace === namespace && each.metadata.name === name,
      );
      return found === undefined ? undefined : structuredClone({ apiVersion: API_VERSION, ...found });
    },
  };
}

/** A source with two revisions, a config, and one of everything that they and the job name. */
function objectsOfTeam(): { [kind: string]: TestObject } {
  return {
    ArenaSource: object(
      'ArenaSource',
      'prompts',
      { type: 'git', git: { url: 'https://git.example/prompts' }, interval: '5m' },
      { status: { artifact: artifact('main@sha1:2', DIGEST), artifacts: [artifact('main@sha1:1', OLD_DIGEST)] } },
    ),
    ArenaConfig: object(
      'ArenaConfig',
      'nightly',
      { sourceRef: { name: 'prompts' } },
      { status: { observedGeneration: 1, conditions: [condition('Ready', 'True')] } },
    ),
    ArenaJob: object('ArenaJob', 'night', { sourceRef: { name: 'nightly' } }),
    Provider: object('Provider', 'gpt', { type: 'openai', model: 'gpt-4o' }),
    AgentRuntime: object('AgentRuntime', 'helper', {}, { status: { serviceEndpoint: 'helper.team.svc:8080' } }),
    ToolRegistry: object('ToolRegistry', 'crm', { handlers: [handler()] }),
  };
}

export const handler = (fields: object = {}): object => ({
  name: 'orders',
  type: 'http',
  tool: { name: 'get_order', description: 'Looks up an order.', inputSchema: { type: 'object' } },
  httpConfig: { endpoint: 'https://crm.example/orders' },
  ...fields,
});

export function artifact(revision: string, digest: string): object {
  return { revision, digest: `sha256:${digest}`, lastUpdateTime: '2026-01-01T00:00:00Z' };
}

export function condition(type: string, status: string, reason = 'Tested', message = 'said by a test'): object {
  return { type, status, reason, message, lastTransitionTime: '2026-01-01T00:00:00Z' };
}

/** Sets a field by its path, e.g. `spec.handlers[].tool.name`; `[]` is the first entry, `*` the key `default`. */
function setAt(target: unknown, path: string, value: unknown): void {
  const keys = path
    .replaceAll('[]', '.0')
    .split('.')
    .map((key) => (key === '*' ? 'default' : key));
  const last = keys.pop() ?? '';
  let current = target as { [key: string]: unknown };
  for (const [at, key] of keys.entries()) {
    const next = keys[at + 1] ?? last;
    current[key] ??= /^\d+$/.test(next) ? [] : {};
    current = current[key] as { [key: string]: unknown };
  }
  if (value === undefined) delete current[last];
  else current[last] = structuredClone(value);
}

const KINDS: { [prefix: string]: string } = { ClusterProvider: 'Provider' };

/** What is different from the objects above: kinds to specs, which join those there are; further objects. */
export interface World {
  job?: object;
  config?: object;
  provider?: object;
  agent?: { spec?: object; status?: object };
  registry?: object;
  more?: TestObject[];
  tokenUrl?: string;
  /** Id of the run. */
  run?: string;
  reference?: Partial<ArenaJobReference>;
}

export async function resolved(world: World = {}, change?: (objects: { [kind: string]: TestObject }) => void) {
  const objects = objectsOfTeam();
  const merge = (kind: string, spec: object | undefined) =>
    Object.assign(objects[kind]?.spec ?? {}, structuredClone(spec));
  merge('ArenaJob', world.job);
  merge('ArenaConfig', world.config);
  merge('Provider', world.provider);
  merge('ToolRegistry', world.registry);
  merge('AgentRuntime', world.agent?.spec);
  if (world.agent !== undefined && 'status' in world.agent && objects.AgentRuntime !== undefined) {
    objects.AgentRuntime.status = { ...world.agent.status };
  }
  change?.(objects);
  const reader = readerOf([...Object.values(objects), ...(world.more ?? [])]);
  return resolveJob(
    reader,
    { namespace: 'team', name: 'night', ...world.reference },
    { run: world.run ?? RUN, tokenUrl: world.tokenUrl },
  );
}

/** Leaf, its two values (undefined: absent), what is looked at, and what is seen with each. */
export type ClusterEffect = [
  leaf: string,
  values: [unknown, unknown],
  look: (seen: Resolution) => unknown,
  expected: [unknown, unknown],
  world?: World,
];

export async function showsClusterEffect([leaf, values, look, expected, world]: ClusterEffect): Promise<void> {
  const [prefix = '', ...path] = leaf.split('.');
  const seen = [];
  for (const value of values) {
    seen.push(
      look(
        await resolved(world, (objects) => {
          const target = objects[KINDS[prefix] ?? prefix];
          if (target === undefined) throw new Error(`there is no ${prefix} here`);
          setAt(target, path.join('.'), value);
        }),
      ),
    );
  }
  expect(seen).toEqual(expected);
}

export function jobOf(resolution: Resolution): ResolvedJob {
  if ('job' in resolution) return resolution.job;
  throw new Error(`refused: ${JSON.stringify(resolution.refusals)}`);
}

export const reasons = (resolution: Resolution): string[] =>
  'job' in resolution ? [] : resolution.refusals.map(({ reason }) => reason);

/** A part of what comes of the job, `refused` with the first reason. */
export const at =
  (look: (job: ResolvedJob) => unknown) =>
  (resolution: Resolution): unknown =>
    'job' in resolution ? look(resolution.job) : `refused: ${reasons(resolution)[0]}`;

export const warned =
  (word: string) =>
  (resolution: Resolution): boolean =>
    jobOf(resolution).warnings.some((warning) => warning.includes(word));
