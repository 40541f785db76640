import { describe, expect, test } from '@jest/globals';
import { importFaults, importsOf } from '../../scripts/import-rules.mjs';

const messages = (file: string, text: string): string[] => importFaults(file, text).map((fault) => fault.message);

describe('the direction of imports', () => {
  test.each([
    ['src/core/a.ts', "import { x } from '../schema/job.js';", 'core may not import schema'],
    ['src/core/a.ts', "import { readFile } from 'node:fs/promises';", 'must stay deterministic'],
    ['src/core/a.ts', "import { z } from 'zod';", 'may not import the package zod'],
    ['src/schema/a.ts', "import { x } from '../engine/turn.js';", 'schema may not import engine'],
    ['src/io/a.ts', "import { x } from '../bundle/load.js';", 'only types of bundle'],
    ['src/report/a.ts', "export { x } from '../io/stores/directory.js';", 'report may not import io'],
    ['src/engine/a.ts', "import { request } from 'undici';", 'undici belongs to io'],
    ['src/bundle/a.ts', "import { main } from '../cli/main.js';", 'bundle may not import cli'],
    ['activities/a.ts', "import { x } from '../workflows/arena-job.js';", 'activities may not import workflows'],
    ['workflows/a.ts', "import { runShard } from '../activities/run-shard.js';", 'only types of activities'],
    ['workflows/a.ts', "import { type Activities } from '../activities/run-shard.js';", 'only types of activities'],
    ['workflows/a.ts', "import { jobInput } from '../src/schema/job.js';", 'only types of schema'],
    ['workflows/a.ts', "import { x } from '../src/engine/conversation.js';", 'workflows may not import engine'],
    ['workflows/a.ts', "const os = await import('node:os');", 'must stay deterministic'],
    ['workflows/a.ts', "import pino from 'pino';", 'may not import the package pino'],
    ['src/cli/a.ts', "import { Worker } from '@temporalio/worker';", 'belongs to composition'],
    ['src/config.ts', "import { f } from '../test/helpers/server.js';", 'may not import development'],
    ['src/cluster/a.ts', "import { x } from '../io/stores/store.js';", 'cluster may not import io'],
    ['k8s/controller/a.ts', "import { x } from '../../src/io/stores/store.js';", 'k8s may not import io'],
    ['src/controller.ts', "import { Watch } from '@kubernetes/client-node';", 'belongs to k8s'],
  ])('%s with %s is refused', (file, text, expected) => {
    const found = messages(file, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(expected);
  });

  test.each([
    ['src/schema/a.ts', "import type { JsonValue } from '../core/conversation.js';\nimport { z } from 'zod';"],
    ['src/io/providers/a.ts', "import type { Bundle } from '../../bundle/bundle.js';\nimport { Pool } from 'undici';"],
    ['activities/a.ts', "import { x } from '../src/engine/conversation.js';\nimport { open } from 'node:fs/promises';"],
    [
      'workflows/a.ts',
      "import type { Activities } from '../activities/index.js';\nimport { x } from '../src/core/plan.js';",
    ],
    ['workflows/a.ts', "export type { Activities } from '../activities/index.js';\nimport './other.js';"],
    ['k8s/controller/a.ts', "import { x } from '../../src/cluster/run-names.js';"],
    ['src/worker.ts', "import { x } from '../activities/index.js';\nimport { Worker } from '@temporalio/worker';"],
  ])('%s may import what it imports', (file, text) => {
    expect(messages(file, text)).toEqual([]);
  });

  test('each fault carries the line it stands on', () => {
    const text = "import type { A } from './a.js';\n\nimport { b } from '../cli/b.js';\n";
    expect(importFaults('src/core/a.ts', text)).toMatchObject([{ file: 'src/core/a.ts', line: 3 }]);
  });

  test('all ways to import are seen, and types are told from values', () => {
    const text = [
      "import a, { type B } from './one.js';",
      "import type { C } from './two.js';",
      "export { d } from './three.js';",
      "export * from './four.js';",
      "export type { E } from './five.js';",
      "type F = import('./six.js').F;",
      "export const g = async (f: F): Promise<unknown> => [a, f, await import('./seven.js')];",
      "import './eight.js';",
    ].join('\n');
    const found = Object.fromEntries(importsOf(text).map((one) => [one.specifier, one.typeOnly]));
    expect(found).toEqual({
      './one.js': false,
      './two.js': true,
      './three.js': false,
      './four.js': false,
      './five.js': true,
      './six.js': true,
      './seven.js': false,
      './eight.js': false,
    });
  });
});
