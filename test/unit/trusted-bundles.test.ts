import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { ActivityDeps, ProviderOptions } from '../../activities/deps.js';
import { ProcessLimits } from '../../activities/limits/process-limits.js';
import { LoadedRuns } from '../../activities/loaded-runs.js';
import { runSettingsOf } from '../../activities/run-plan.js';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { bundleKey, planKey } from '../../src/core/store-keys.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';
import type { JobInput } from '../../src/schema/job.js';
import { noServices } from '../helpers/checks.js';

const ARENA = `kind: Arena
metadata: { name: keys }
spec:
  prompt_specs: { main: { task_type: main, system_template: Help. } }
  provider_specs: { model: { type: openai, model: m } }
  scenario_specs: { talk: { task_type: main, turns: [{ role: user, content: Hello }] } }
`;
const ENV = { SHOP_KEY: 'open', OTHER_KEY: 'closed' };

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'arena-trust-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the providers of a run are made with. */
async function optionsOf(source: 'path' | 'digest', bundleEnv: string[]): Promise<ProviderOptions | undefined> {
  const store = new DirectoryStore(folder);
  const { bundle, packed } = loadBundleFromFiles(new Map([['a.yaml', Buffer.from(ARENA)]]), 'a.yaml');
  if (bundle === undefined || packed === undefined) throw new Error('the bundle is sound');
  const { digest } = bundle;
  const input: JobInput = { bundle: source === 'path' ? { path: '/bundles/shop' } : { digest } };
  const plan = { schemaVersion: 1, bundle: digest, cells: [], regions: [] };
  const record = { run: 'r', plan, settings: runSettingsOf(input, bundle), input };
  await store.put(bundleKey(digest), packed);
  await store.put(planKey('r'), Buffer.from(JSON.stringify(record)));
  let made: ProviderOptions | undefined;
  const deps: Partial<ActivityDeps> = {
    store,
    services: noServices,
    tools: { env: ENV, bundleEnv, allowExec: false, allowStdioMcp: false },
    createProviders: (_, options) => {
      made = options;
      return new Map();
    },
  };
  const limits = new ProcessLimits({ worker: 'w', ask: () => Promise.reject(new Error('nobody asks')) });
  await new LoadedRuns(deps as ActivityDeps, limits).get('r');
  return made;
}

test.each<['path' | 'digest', string[]]>([
  ['path', []],
  ['digest', ['*']],
])('a bundle by %s, where %j is open to bundles, is trusted with every key', async (source, open) => {
  expect(await optionsOf(source, open)).toMatchObject({ openToBundle: undefined });
});

test('a bundle that is known by its digest only gets the keys that are open to bundles', async () => {
  const { openToBundle } = (await optionsOf('digest', ['SHOP_*'])) ?? {};
  expect([openToBundle?.('SHOP_KEY'), openToBundle?.('OTHER_KEY')]).toEqual(['open', undefined]);
  const { openToBundle: none } = (await optionsOf('digest', [])) ?? {};
  expect(none?.('SHOP_KEY')).toBeUndefined();
});
