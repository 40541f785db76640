import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromDisk } from '../../src/bundle/load-bundle.js';
import { directPorts } from '../../src/engine/direct-ports.js';
import { holdConversation } from '../../src/engine/hold-conversation.js';
import { prepare } from '../../src/engine/prepare.js';
import { createMockProvider } from '../../src/io/providers/mock.js';
import { jobInputSchema } from '../../src/schema/job.js';
import { surroundings } from '../helpers/engine-bundle.js';

/** Ids of the quickstart's conversations that do not pass, each with what failed. */
async function quickstartFailures(): Promise<string[]> {
  const { bundle } = loadBundleFromDisk('examples/quickstart');
  if (bundle === undefined) throw new Error('the quickstart does not load');
  const prepared = prepare(bundle, { variables: {} }, surroundings());
  const failures: string[] = [];
  for (const scenario of bundle.scenarios.keys()) {
    for (const [provider, loaded] of bundle.providers) {
      const mock = createMockProvider(bundle, loaded, { standIn: false });
      const item = { index: 0, id: `${scenario}/${provider}`, scenario, provider, region: 'default', trial: 1 };
      const ports = directPorts(new Map([[provider, mock]]), new AbortController().signal);
      const record = await holdConversation(prepared, item, ports);
      const failed = record.assertions.filter(({ passed }) => !passed).map(({ type }) => type);
      if (record.verdict !== 'passed') failures.push(`${record.id}: ${record.error?.message ?? failed.join()}`);
    }
  }
  return failures;
}

describe('the examples', () => {
  test.each([
    'examples/quickstart',
    'examples/openai-compatible',
    'examples/load-test',
    'examples/data-generation',
    'examples/agents',
    'examples/record-and-evaluate/talk',
    'examples/support-desk',
    'examples/tools-and-agents',
  ])('%s loads without a fault or a warning', (folder) => {
    const { bundle, faults } = loadBundleFromDisk(folder);
    expect(faults.map(formatFault)).toEqual([]);
    expect(bundle).toBeDefined();
  });

  test('the quickstart shows what the README promises', () => {
    const { bundle } = loadBundleFromDisk('examples/quickstart');
    expect(bundle?.scenarios.size).toBe(7);
    expect([...(bundle?.providers.keys() ?? [])]).toEqual(['heron', 'robin', 'sparrow']);
  });

  test('in the quickstart fails what is meant to fail, and nothing else', async () => {
    expect(await quickstartFailures()).toEqual(['damaged-parcel/sparrow: tools_called']);
    const arena = readFileSync('examples/quickstart/config.arena.yaml', 'utf8');
    expect(arena).toContain('arena.dev/expected-failures: "damaged-parcel/sparrow"');
  });

  test.each(['start-from-json', 'load-test'])('the job of %s is a valid input', (example) => {
    const text = readFileSync(`examples/${example}/job.json`, 'utf8');
    expect(jobInputSchema.safeParse(JSON.parse(text)).error).toBeUndefined();
  });
});
