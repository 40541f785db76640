/** Manifests with one mistake each, like those of `invalid-jobs.ts`: of sources, of configs, and of what stands around any spec. */
import { bad, type InvalidManifest, invalidJobs } from './invalid-jobs.js';
import { config, gitSource, job, manifest, source } from './manifests.js';

const sources: readonly InvalidManifest[] = [
  bad('no source at all', source('bad', { type: 'git' }), 'type git needs the block git'),
  bad(
    'two sources',
    source('bad', { type: 'git', git: { url: 'https://a/b' }, configMap: { name: 'c' } }),
    'only one of git, oci, configMap and workspace',
  ),
  bad(
    'a block of another type',
    source('bad', { type: 'git', configMap: { name: 'c' } }),
    'type git needs the block git',
  ),
  bad(
    'an address of scp',
    gitSource('bad', { url: 'git@example.com:a/b' }),
    'must begin with https://',
    'spec.git.url',
  ),
  bad('a commit in words', gitSource('bad', { ref: { commit: 'latest' } }), 'is no commit', 'spec.git.ref.commit'),
  bad('a folder above', gitSource('bad', { path: '/etc' }), 'must be a relative path', 'spec.git.path'),
  bad('a secret without a name', gitSource('bad', { secretRef: {} }), 'secretRef.name is required', 'Required value'),
  bad(
    'an image without oci',
    source('bad', { type: 'oci', oci: { url: 'ghcr.io/a/b:1' } }),
    'must look like oci://',
    'spec.oci.url',
  ),
  bad(
    'no interval',
    manifest('ArenaSource', 'bad', { type: 'configmap', configMap: { name: 'a' } }),
    'spec.interval is required',
    'spec.interval: Required',
  ),
  bad(
    'an interval without a unit',
    source('bad', { type: 'configmap', interval: '5', configMap: { name: 'a' } }),
    'is not a duration',
    'spec.interval',
  ),
];

const configs: readonly InvalidManifest[] = [
  bad(
    'a config without a source',
    manifest('ArenaConfig', 'bad', {}),
    'spec.sourceRef is required',
    'spec.sourceRef: Required',
  ),
  bad(
    'too many at once',
    config('bad', { evaluation: { concurrency: 101 } }),
    'must be at most 100',
    'less than or equal to 100',
  ),
  bad(
    'too many tries',
    config('bad', { evaluation: { maxRetries: 11 } }),
    'must be at most 10',
    'less than or equal to 10',
  ),
  bad(
    'a measure that is none',
    config('bad', { evaluation: { metrics: ['speed'] } }),
    '"speed" is not one of',
    'Unsupported value',
  ),
  bad(
    'no round',
    config('bad', { selfPlay: { enabled: true, rounds: 0 } }),
    'must be at least 1',
    'greater than or equal to 1',
  ),
  bad(
    'groups in a config',
    config('bad', { providers: { default: [] } }),
    'must be a list, not a map',
    'unknown field "spec.providers.default"',
  ),
];

const frames: readonly InvalidManifest[] = [
  bad('no name', { ...job('bad', {}), metadata: {} }, 'metadata needs a name', 'resource name may not be empty'),
  bad('a name of an object in capitals', job('Nightly', {}), 'metadata.name is no name', 'Invalid value: "Nightly"'),
  bad(
    'a label that is no text',
    job('bad', {}, { labels: { a: 1 } }),
    'must be a text: put it in quotes',
    'cannot unmarshal',
  ),
  bad(
    'a mistyped label',
    job('bad', {}, { lables: { a: 'b' } }),
    'did you mean "labels"?',
    'unknown field "metadata.lables"',
  ),
  bad(
    'another version',
    { ...job('bad', {}), apiVersion: 'omnia.altairalabs.ai/v1' },
    'unknown version "v1"',
    'no matches for kind',
  ),
  bad(
    'another group',
    { ...job('bad', {}), apiVersion: 'arena.dev/v1alpha1' },
    'unknown group "arena.dev"',
    'no matches for kind',
  ),
  bad('a mistyped kind', { ...job('bad', {}), kind: 'ArenaJobs' }, 'did you mean "ArenaJob"?', 'no matches for kind'),
];

export const invalidManifests: readonly InvalidManifest[] = [...invalidJobs, ...sources, ...configs, ...frames];
