import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { formatFault } from '../../src/bundle/fault.js';
import { checkManifest } from '../../src/bundle/manifests/check-manifest.js';
import { readManifests } from '../../src/bundle/manifests/read-manifests.js';
import { invalidManifests } from '../helpers/invalid-manifests.js';
import { invalidOmniaManifests } from '../helpers/invalid-omnia-manifests.js';
import { job, type Manifest } from '../helpers/manifests.js';
import { specificationManifests } from '../helpers/specification-manifests.js';

function check(text: string) {
  const { objects, faults } = readManifests('m.yaml', Buffer.from(text));
  const checked = objects.map(checkManifest);
  const all = [...faults, ...checked.flatMap((each) => each.faults)];
  return { checked, told: all.map(formatFault) };
}

const nameOf = ({ kind, metadata }: Manifest) => `${kind} ${metadata.name}`;

describe('a manifest', () => {
  test.each(specificationManifests.map((each) => [nameOf(each), each] as const))(
    'as the reference writes it is valid: %s',
    (_, written) => {
      expect(check(stringify(written)).told).toEqual([]);
    },
  );

  test.each([...invalidManifests, ...invalidOmniaManifests].map((each) => [each.title, each] as const))(
    'with %s is refused',
    (_, { manifest: written, told }) => {
      const faults = check(stringify(written)).told;
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(told);
      expect(faults[0]).toMatch(/^m\.yaml:\d+:\d+ /);
    },
  );

  test('has all its faults told at once, each where it stands', () => {
    const text = `apiVersion: omnia.altairalabs.ai/v1alpha1
kind: ArenaJob
metadata:
  name: nightly
spec:
  sourceRef:
    nam: prompts
  output:
    type: s3
  trials: 0
`;
    expect(check(text).told).toEqual([
      'm.yaml:6:3 spec.sourceRef.name is required',
      'm.yaml:7:5 unknown key "nam" in spec.sourceRef, did you mean "name"?',
      'm.yaml:8:3 spec.output: output type s3 needs the block s3: add s3.bucket',
      'm.yaml:10:3 spec.trials must be at least 1',
    ]);
  });

  test('is checked with the defaults that the API server fills in', () => {
    const text = stringify(job('a', { loadTest: { targetRPS: 5 } }));
    expect(check(text).told).toEqual([expect.stringContaining('the block loadTest is for type loadtest')]);
  });

  test('of a kind that others define may have more keys, which are told', () => {
    const text = stringify({
      apiVersion: 'omnia.altairalabs.ai/v1alpha1',
      kind: 'Provider',
      metadata: { name: 'a' },
      spec: { type: 'mock', quota: 5, defaults: { topP: '0.5', topK: 3 } },
    });
    const { objects } = readManifests('m.yaml', Buffer.from(text));
    const faults = objects.flatMap((each) => checkManifest(each).faults);
    expect(faults.map(({ severity, message }) => `${severity}: ${message}`)).toEqual([
      'warning: unknown key "quota" in spec: it has no effect',
      'warning: unknown key "topK" in spec.defaults: it has no effect',
    ]);
  });

  test('does not have its values repeated where they may be secret', () => {
    const canary = 'sk-canary-4711';
    const texts = [
      job('a', { variables: canary, output: { type: 's3', s3: { bucket: 'b', endpoint: canary } } }),
      job('a', { workers: { podOverrides: { extraEnv: [{ name: 'A B', value: canary }] } }, [canary.length]: canary }),
      {
        ...job('a', {}),
        kind: 'Provider',
        spec: { type: 'claude', model: 'm', headers: canary, credential: { filePath: canary } },
      },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { key: canary } },
    ].map((each) => stringify(each));
    const { checked, told } = check(texts.join('---\n'));
    expect(told.length).toBeGreaterThan(5);
    expect(JSON.stringify([told, checked])).not.toContain(canary);
  });
});

describe('a file of manifests', () => {
  const good = stringify(job('good', {}));
  const bad = stringify(job('bad', { trials: 0 }));

  test('may hold several documents, comments and nothing between two marks', () => {
    const { checked, told } = check(`# jobs\n---\n${good}---\n# nothing\n---\n${bad}`);
    expect(checked.map(({ name }) => name)).toEqual(['ArenaJob good', 'ArenaJob bad']);
    expect(told).toEqual(['m.yaml:20:3 spec.trials must be at least 1']);
  });

  test('may be JSON, and a list as kubectl prints it', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [job('good', {}), job('bad', { trials: 0 })] };
    const { checked, told } = check(JSON.stringify(list, undefined, 2));
    expect(checked.map(({ name }) => name)).toEqual(['ArenaJob good', 'ArenaJob bad']);
    expect(told).toEqual([expect.stringMatching(/^m\.yaml:\d\d:\d+ spec\.trials must be at least 1$/)]);
  });

  test.each([
    ['a deployment', { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a' } }],
    [
      'another kind of the group',
      { apiVersion: 'omnia.altairalabs.ai/v1alpha1', kind: 'Workspace', metadata: { name: 'a' } },
    ],
    [
      'a provider of a bundle',
      { apiVersion: 'promptkit.altairalabs.ai/v1alpha1', kind: 'Provider', spec: { id: 'a' } },
    ],
  ])('may hold %s, which is left to others', (_, value) => {
    const { checked, told } = check(stringify(value));
    expect(checked).toEqual([expect.objectContaining({ foreign: true })]);
    expect(told).toEqual([]);
  });

  test.each([
    ['nothing', '', 'm.yaml holds no object, begin it with apiVersion and kind'],
    ['comments only', '# nothing\n', 'm.yaml holds no object, begin it with apiVersion and kind'],
    ['a list of values', '- 1\n', 'm.yaml:1:1 is no object of the cluster, begin it with apiVersion and kind'],
    [
      'no apiVersion',
      'kind: ArenaJob\n',
      "m.yaml:1:1 has no apiVersion, of Arena's kinds it is omnia.altairalabs.ai/v1alpha1",
    ],
    ['no kind', 'apiVersion: v1\n', 'm.yaml:1:1 has no kind, those here are ArenaSource'],
    ['broken YAML in the second document', `${good}---\na: [\n`, 'm.yaml:10:1 is not valid YAML'],
    ['a key twice', `${good}---\na: 1\na: 2\n`, 'm.yaml:10:1 is not valid YAML: Map keys must be unique'],
    [
      'hostile aliases',
      `a: &a [x,x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((key, at) => `${key}: &${key} [${Array(10).fill(`*${'abcdefg'[at]}`).join(',')}]\n`)
        .join('')}`,
      'aliases expand',
    ],
  ])('that holds %s is refused', (_, text, told) => {
    expect(check(text).told[0]).toContain(told);
  });
});
