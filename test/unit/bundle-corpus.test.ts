import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromDisk, loadBundleFromPack } from '../../src/bundle/load-bundle.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { isSchemaKind, jsonSchemaOf } from '../../src/schema/json-schema.js';
import { CORPUS, corpusBundles } from '../helpers/corpus.js';

interface Golden {
  command: string;
  runs: { scenario: string; provider: string; region: string }[];
}

const bundles = corpusBundles();

/** Files that bundles name by a path that leads nowhere from their folder. */
const MISSING = [
  'providers/replay.provider.yaml:10:5 examples/session-replay/recordings/geography-session.recording.json does not exist, recordings/geography-session.recording.json is taken, write it from the Arena file’s folder',
  ...[
    ['billing/pci-compliance', 'refund'],
    ['billing/refund-processing', 'refund'],
    ['escalation/escalation-policy', 'escalate_ticket'],
    ['orders/order-troubleshooting', 'search_orders'],
  ].map(
    ([folder, tool]) =>
      `skills/${folder}/SKILL.md:2:1 skill "${folder?.split('/')[1]}" allows tools that the bundle does not have: ${tool}, define them under tools, or take them out`,
  ),
];

function goldenOf(bundle: string): Golden {
  return JSON.parse(readFileSync(join(CORPUS, bundle, 'golden.json'), 'utf8'));
}

/** The comma separated values of an option of the measured command. */
function option(command: string, name: string): string[] | undefined {
  return new RegExp(` --${name} (\\S+)`).exec(command)?.[1]?.split(',');
}

const ajv = new Ajv2020({ strict: false });
const validators = new Map<string, ReturnType<typeof ajv.compile>>();

function validatorOf(kind: string) {
  const name = kind.toLowerCase();
  let validate = validators.get(name);
  if (validate === undefined) {
    if (!isSchemaKind(name)) throw new Error(`no schema for ${kind}`);
    validate = ajv.compile(jsonSchemaOf(name));
    validators.set(name, validate);
  }
  return validate;
}

describe('real bundles', () => {
  if (bundles.length === 0) {
    test('are left out, for they do not lie beside the checkout', () => expect(bundles).toEqual([]));
    return;
  }

  test.each(bundles)('%s loads, and comes back from its pack', (name) => {
    const { bundle, packed, faults } = loadBundleFromDisk(join(CORPUS, name));
    expect(faults.map(formatFault).filter((line) => !MISSING.includes(line))).toEqual([]);
    const again = loadBundleFromPack(packed ?? new Uint8Array());
    expect(again.digest).toBe(bundle?.digest);
    expect([...again.files.keys()].sort()).toEqual([...(bundle?.files.keys() ?? [])].sort());
    expect(again.providers.size).toBe(bundle?.providers.size);
  });

  test.each(bundles)('%s has the runs that were measured', (name) => {
    const { bundle } = loadBundleFromDisk(join(CORPUS, name));
    if (bundle === undefined) throw new Error(`${name} did not load`);
    const { command, runs } = goldenOf(name);
    const { cells, regions } = planMatrix(bundle, {
      scenarios: option(command, 'scenario'),
      providers: option(command, 'provider'),
      regions: option(command, 'region'),
    });
    const planned = cells.flatMap(({ scenario, providers }) =>
      providers.flatMap((provider) => regions.map((region) => `${scenario} ${provider} ${region}`)),
    );
    expect(planned.sort()).toEqual(runs.map((run) => `${run.scenario} ${run.provider} ${run.region}`).sort());
  });

  test.each(bundles)('the documents of %s comply with the JSON Schemas, which refuse unknown keys', (name) => {
    const { bundle } = loadBundleFromDisk(join(CORPUS, name));
    let checked = 0;
    for (const [path, bytes] of bundle?.files ?? []) {
      if (!/\.ya?ml$/.test(path)) continue;
      const document: unknown = parse(Buffer.from(bytes).toString());
      if (typeof document !== 'object' || document === null || !('kind' in document)) continue;
      const validate = validatorOf(String(document.kind));
      validate(document);
      expect({ path, errors: validate.errors }).toEqual({ path, errors: null });
      expect(validate({ ...document, surprise: 1 })).toBe(false);
      // Personas may hold keys that only other programs read.
      const surprising = { ...document, spec: { ...Object(Reflect.get(document, 'spec')), surprise: 1 } };
      expect(validate(surprising)).toBe(document.kind === 'Persona');
      checked += 1;
    }
    expect(checked).toBeGreaterThan(1);
  });
});
