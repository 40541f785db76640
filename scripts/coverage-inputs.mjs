/** What the coverage table is made of: the built schemas and the texts of the tests. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import { clusterKinds } from '../dist/src/schema/cluster/kinds.js';
import { jobInputSchema } from '../dist/src/schema/job.js';
import { bundleKinds } from '../dist/src/schema/kinds.js';
import { mockConfigSchema } from '../dist/src/schema/mock-config.js';
import { claimsOf } from './schema-coverage.mjs';
import { schemaLeaves } from './schema-leaves.mjs';

export const TABLE = 'docs/coverage.md';

/** Documents that are made of others come last, so that each shape is taken apart in its own document. */
const KINDS = /** @type {const} */ (['Scenario', 'PromptConfig', 'Provider', 'Tool', 'Persona', 'Eval', 'Arena']);

/** Objects of the cluster. Bundles have a Provider as well. */
const CLUSTER_KINDS = /** @type {const} */ ({
  ArenaSource: 'ArenaSource',
  ArenaConfig: 'ArenaConfig',
  ArenaJob: 'ArenaJob',
  Provider: 'ClusterProvider',
  ToolRegistry: 'ToolRegistry',
  AgentRuntime: 'AgentRuntime',
});

/** @param {import('zod').ZodType} schema */
const written = (schema) => z.toJSONSchema(schema, { io: 'input' });

function documents() {
  const { spec: _, ...frame } = written(bundleKinds.Arena).properties ?? {};
  return [
    { name: 'Document', schema: { type: 'object', properties: frame } },
    ...KINDS.map((kind) => ({ name: kind, schema: written(bundleKinds[kind]), at: 'spec' })),
    { name: 'MockConfig', schema: written(mockConfigSchema) },
    { name: 'JobInput', schema: written(jobInputSchema) },
    ...Object.values(clusterKinds).map(({ kind, schema }) => ({
      name: CLUSTER_KINDS[kind],
      schema: written(schema),
      at: 'spec',
    })),
  ];
}

export function coverageInputs() {
  const leaves = schemaLeaves(documents());
  const kinds = documents().map(({ name }) => name);
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', 'test'], { encoding: 'utf8' });
  const files = listed.split('\n').filter((file) => /\.test\.ts$/.test(file) && existsSync(file));
  const claims = files.sort().flatMap((file) => claimsOf(file, readFileSync(file, 'utf8'), kinds));
  return { leaves, claims };
}
