/** The resource definitions on a real API server: what it takes, what it refuses in which words, what kubectl shows. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { clusterKinds } from '../../src/schema/cluster/kinds.js';
import { API_VERSION } from '../../src/schema/cluster/object-meta.js';
import { changesOfLoad, changesOfRecurring, frozenParts } from '../helpers/changed-jobs.js';
import type { InvalidManifest } from '../helpers/invalid-jobs.js';
import { invalidManifests } from '../helpers/invalid-manifests.js';
import { invalidOmniaManifests } from '../helpers/invalid-omnia-manifests.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';
import { config, gitSource, job, type Manifest, providerRef } from '../helpers/manifests.js';
import { specificationManifests } from '../helpers/specification-manifests.js';
import { waitFor } from '../helpers/wait-for.js';

let plane: ControlPlane;

beforeAll(async () => {
  plane = await ControlPlane.start();
  for (const folder of ['crds', 'crds-omnia']) {
    const { code, stderr } = await plane.kubectl(['apply', '--server-side', '-k', `k8s/manifests/${folder}`]);
    if (code !== 0 || stderr !== '') throw new Error(stderr);
  }
  await plane.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  await plane.kubectl(['create', 'namespace', 'arena']);
});
afterAll(() => plane.stop());

const isKind = (kind: string): kind is keyof typeof clusterKinds => Object.hasOwn(clusterKinds, kind);

const pathOf = (kind: string): string => {
  if (!isKind(kind)) throw new Error(`${kind} is none of the kinds`);
  return `/apis/${API_VERSION}/namespaces/default/${clusterKinds[kind].plural}`;
};

/** What the API server says at admission, unknown fields included, as kubectl asks it to. */
async function admission(manifest: Manifest): Promise<string | undefined> {
  const path = `${pathOf(manifest.kind)}?dryRun=All&fieldValidation=Strict`;
  const { status, body } = await plane.admin.request<{ message: string }>('POST', path, manifest);
  return status < 300 ? undefined : body.message;
}

async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await plane.kubectl(args);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}

const patch = (name: string, spec: object) =>
  plane.kubectl(['patch', 'aj', name, '--type=merge', '-p', JSON.stringify({ spec })]);

const setStatus = (kind: string, name: string, status: object) =>
  kubectl('patch', kind, name, '--subresource=status', '--type=merge', '-p', JSON.stringify({ status }));

/** Cells of a table of kubectl; `|` where a column is empty. */
function table(text: string): string[][] {
  const [heading = '', ...rows] = text.trimEnd().split('\n');
  const starts = [...heading.matchAll(/\S+/g)].map(({ index }) => index);
  const cellsOf = (row: string) => starts.map((start, at) => row.slice(start, starts[at + 1]).trim());
  return [heading, ...rows].map(cellsOf);
}

describe('the resource definitions', () => {
  test('are taken as structural schemas, and are established', async () => {
    const { items } = await plane.admin.get<{
      items: { metadata: { name: string }; status: { conditions: { type: string; status: string }[] } }[];
    }>('/apis/apiextensions.k8s.io/v1/customresourcedefinitions');
    const states = items.map(({ metadata, status }) => {
      const isTrue = status.conditions.filter((each) => each.status === 'True').map(({ type }) => type);
      return [metadata.name.split('.')[0], isTrue.sort()];
    });
    const wanted = Object.values(clusterKinds).map(({ plural }) => [plural, ['Established', 'NamesAccepted']]);
    expect(states.sort()).toEqual(wanted.sort());
  });

  test('take every example of the reference, without a warning', async () => {
    const documents = specificationManifests.map((each) => stringify(each)).join('---\n');
    const { code, stdout, stderr } = await plane.kubectl(['apply', '-f', '-'], { stdin: documents });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.trim().split('\n')).toHaveLength(specificationManifests.length);
  });

  test('fill in defaults, and none that could be inherited', async () => {
    const { spec } = await plane.admin.get<{ metadata: { name: string }; spec: object }>(
      `${pathOf('ArenaJob')}/schedule`,
    );
    expect(spec).toEqual({
      sourceRef: { name: 'prompts' },
      type: 'evaluation',
      schedule: { cron: '0 2 * * *', timezone: 'America/New_York', concurrencyPolicy: 'Forbid' },
    });
  });

  const byKubectl = ({ admission: said }: InvalidManifest) =>
    ['no matches for kind', 'resource name may not be empty'].includes(said ?? '');
  const invalid = [...invalidManifests, ...invalidOmniaManifests];

  test.each(invalid.filter((each) => !byKubectl(each)).map((each) => [each.title, each] as const))(
    'refuse at admission %s',
    async (_, { manifest, told, admission: expected = told }) => {
      const said = await admission(manifest);
      if (expected === null) expect(said).toBeUndefined();
      else expect(said).toContain(expected);
    },
  );

  test.each(invalid.filter(byKubectl).map((each) => [each.title, each] as const))(
    'let kubectl refuse %s',
    async (_, { manifest, admission: expected }) => {
      const { code, stderr } = await plane.kubectl(['apply', '-f', '-'], { stdin: stringify(manifest) });
      expect([code, stderr]).toEqual([1, expect.stringContaining(String(expected))]);
    },
  );

  test('tell all faults at once', async () => {
    const { stderr } = await plane.kubectl(['apply', '-f', '-'], {
      stdin: stringify(job('bad', { loadTest: {}, output: { type: 'pvc', s3: { bucket: 'b' } } })),
    });
    for (const field of ['spec.loadTest: Forbidden', 'spec.output: Required', 'spec.output.s3: Forbidden']) {
      expect(stderr).toContain(field);
    }
  });
});

describe('a job', () => {
  beforeAll(async () => {
    const spec = { trials: 2, workers: { replicas: 2 }, providers: { default: [providerRef('a')] } };
    await plane.apply(stringify(job('frozen', spec)));
    await plane.apply(stringify(job('load', { type: 'loadtest', loadTest: { targetRPS: 5, budgetLimit: '5.00' } })));
  });

  test('can be changed in all its parts until it has started', async () => {
    const { code } = await patch('frozen', {
      trials: 3,
      workers: { replicas: 3 },
      evaluation: { outputFormats: ['csv'] },
    });
    expect(code).toBe(0);
  });

  test.each(frozenParts)('that has started keeps its %s: %j', async (field, spec) => {
    await setStatus('aj', 'frozen', { startTime: '2026-01-01T00:00:00Z' });
    const { code, stderr } = await patch('frozen', spec);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`${field} cannot change once the job has started`)]);
  });

  test('that has started may be held, cancelled, scheduled and given a time to live', async () => {
    const again = { schedule: { cron: '0 3 * * *' }, trigger: 'OnSourceChange' };
    const { code, stderr } = await patch('frozen', {
      suspend: true,
      cancelled: true,
      ttlSecondsAfterFinished: 5,
      ...again,
    });
    expect([code, stderr]).toEqual([0, '']);
  });

  // In this order: the job recurs from here on.
  test.each(changesOfRecurring)('that recurs %s', async (_, status, spec, said) => {
    await setStatus('aj', 'frozen', status);
    const { code, stderr } = await patch('frozen', spec);
    expect([code, stderr]).toEqual(said === undefined ? [0, ''] : [1, expect.stringContaining(said)]);
  });

  test.each(changesOfLoad)('that makes load %s', async (_, status, loadTest, said) => {
    await setStatus('aj', 'load', { startTime: '2026-01-01T00:00:00Z', ...status });
    const { code, stderr } = await patch('load', { loadTest });
    expect([code, stderr]).toEqual(said === undefined ? [0, ''] : [1, expect.stringContaining(said)]);
  });

  test('has a status that its author cannot write', async () => {
    const written = { ...job('boaster', {}), status: { phase: 'Succeeded' } };
    await plane.apply(stringify(written));
    const { status } = await plane.admin.get<{ metadata: { name: string }; status?: object }>(
      `${pathOf('ArenaJob')}/boaster`,
    );
    expect(status).toBeUndefined();
  });
});

describe('kubectl', () => {
  const ready = (message: string) => ({
    conditions: [
      { type: 'Ready', status: 'True', reason: 'Ready', message, lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  });

  beforeAll(async () => {
    await plane.apply(
      [job('pr-12', {}), config('nightly', {}), gitSource('prompts', {})].map((each) => stringify(each)).join('---\n'),
    );
    await setStatus('aj', 'pr-12', {
      ...ready('176 of 180 passed'),
      phase: 'Running',
      progress: { total: 180, completed: 176, failed: 0, pending: 4, text: '176/180' },
      cost: '$2.31',
      source: { name: 'prompts', revision: 'main@sha1:4f2c' },
      activeWorkers: 3,
      nextScheduleTime: '2026-11-22T02:00:00Z',
      workflowId: 'default/pr-12/1',
    });
    const artifact = { revision: 'main@sha1:4f2c', digest: 'sha256:ab', lastUpdateTime: '2026-01-01T00:00:00Z' };
    await setStatus('asrc', 'prompts', { ...ready('up to date'), phase: 'Ready', artifact });
    await setStatus('ac', 'nightly', {
      ...ready('valid'),
      phase: 'Ready',
      resolvedSource: { scenarioCount: 12, revision: 'r1' },
    });
  });

  test.each<[string[], string[], string[]]>([
    [
      ['aj', 'pr-12'],
      ['NAME', 'TYPE', 'PHASE', 'PROGRESS', 'PASSED', 'FAILED', 'COST', 'AGE'],
      ['pr-12', 'evaluation', 'Running', '176/180', '176', '0', '$2.31'],
    ],
    [
      ['aj', 'pr-12', '-o', 'wide'],
      [
        ...['NAME', 'TYPE', 'PHASE', 'PROGRESS', 'PASSED', 'FAILED', 'COST'],
        ...['SOURCE', 'REVISION', 'WORKERS', 'NEXT-RUN', 'WORKFLOW', 'MESSAGE', 'AGE'],
      ],
      [
        ...['pr-12', 'evaluation', 'Running', '176/180', '176', '0', '$2.31'],
        ...['prompts', 'main@sha1:4f2c', '3', '2026-11-22T02:00:00Z', 'default/pr-12/1', '176 of 180 passed'],
      ],
    ],
    [
      ['asrc', 'prompts'],
      ['NAME', 'TYPE', 'PHASE', 'READY', 'REVISION', 'AGE'],
      ['prompts', 'git', 'Ready', 'True', 'main@sha1:4f2c'],
    ],
    [
      ['as', 'prompts'],
      ['NAME', 'TYPE', 'PHASE', 'READY', 'REVISION', 'AGE'],
      ['prompts', 'git', 'Ready', 'True'],
    ],
    [
      ['ac', 'nightly'],
      ['NAME', 'SOURCE', 'PHASE', 'READY', 'SCENARIOS', 'AGE'],
      ['nightly', 'prompts', 'Ready', 'True', '12'],
    ],
  ])('get %j shows %j', async (args, heading, cells) => {
    const [shown, row] = table(await kubectl('get', ...args));
    expect(shown).toEqual(heading);
    expect(row?.slice(0, cells.length)).toEqual(cells);
  });

  test('get arena shows all kinds', async () => {
    const names = (await kubectl('get', 'arena', '-o', 'name')).split('\n');
    expect(names).toEqual(
      expect.arrayContaining(
        ['arenajob', 'arenaconfig', 'arenasource'].map((kind) => expect.stringContaining(`${kind}.`)),
      ),
    );
  });

  test('explain tells what a field is for', async () => {
    expect(await kubectl('explain', 'arenajob.spec.trials')).toContain('Repetitions of each conversation.');
  });
});

describe('the policy for what has no type', () => {
  const providers = { default: [providerRef('a')] };
  const named = (name: string) => job(name, { providers, variables: { a: 1 } });

  beforeAll(async () => {
    await kubectl('apply', '--server-side', '-k', 'k8s/manifests/admission');
    await plane.apply([named('new'), named('begun')].map((each) => stringify(each)).join('---\n'));
    await setStatus('aj', 'begun', { startTime: '2026-01-01T00:00:00Z' });
    // The API server puts a policy to work some time after it has taken it.
    const admits = async () => (await admission(job('bad', { providers: { default: 'a' } }))) === undefined;
    await waitFor('the policy', async () => ((await admits()) ? undefined : true));
  });

  test.each<[string, object, string | undefined]>([
    ['new', { providers: { default: [providerRef('b')] }, variables: { a: 2 } }, undefined],
    ['new', { providers: { judge: 'gpt-4o' } }, 'a group is a list of entries, or a map'],
    ['begun', { providers: { judge: [providerRef('b')] } }, 'spec.providers cannot change once the job has started'],
    ['begun', { providers: null }, 'spec.providers cannot change once the job has started'],
    ['begun', { variables: { a: 2 } }, 'spec.variables cannot change once the job has started'],
    ['begun', { suspend: true }, undefined],
  ])('on the job %s with %j says: %s', async (name, spec, said) => {
    const { code, stderr } = await patch(name, spec);
    expect([code, stderr]).toEqual(said === undefined ? [0, ''] : [1, expect.stringContaining(said)]);
  });
});
