import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromDisk } from '../../src/bundle/load-bundle.js';
import { jobInputSchema } from '../../src/schema/job.js';

describe('the examples', () => {
  test.each(['examples/quickstart', 'examples/openai-compatible'])(
    '%s loads without a fault or a warning',
    (folder) => {
      const { bundle, faults } = loadBundleFromDisk(folder);
      expect(faults.map(formatFault)).toEqual([]);
      expect(bundle).toBeDefined();
    },
  );

  test('the quickstart shows what the README promises', () => {
    const { bundle } = loadBundleFromDisk('examples/quickstart');
    expect(bundle?.scenarios.size).toBe(7);
    expect([...(bundle?.providers.keys() ?? [])]).toEqual(['heron', 'robin', 'sparrow']);
  });

  test('the job for the temporal command is a valid input', () => {
    const text = readFileSync('examples/start-from-json/job.json', 'utf8');
    expect(jobInputSchema.safeParse(JSON.parse(text)).error).toBeUndefined();
  });
});
