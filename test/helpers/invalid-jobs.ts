/** Jobs with one mistake each: what is told without a cluster, and what the API server says at admission. */
import { agentRef, job, type Manifest, manifest, providerRef } from './manifests.js';

export interface InvalidManifest {
  title: string;
  manifest: Manifest;
  /** Part of what `arena validate -f` says. */
  told: string;
  /** Part of what kubectl prints. Absent: `told` as it is; `null`: the API server cannot see it, the controller tells. */
  admission?: string | null;
}

export const bad = (title: string, written: Manifest, told: string, admission?: string | null): InvalidManifest => ({
  title,
  manifest: { ...written, metadata: { ...written.metadata } },
  told,
  admission,
});

const jobOf = (spec: object): Manifest => job('bad', spec);
const groups = (providers: object): Manifest => jobOf({ providers });
const output = (spec: object): Manifest => jobOf({ output: spec });
const cron = (text: string): Manifest => jobOf({ schedule: { cron: text } });

const jobs: InvalidManifest[] = [
  bad(
    'a job without a source',
    manifest('ArenaJob', 'bad', {}),
    'spec.sourceRef is required',
    'spec.sourceRef: Required',
  ),
  bad('an empty name', jobOf({ sourceRef: { name: '' } }), 'is no name of an object', 'spec.sourceRef.name'),
  bad('a name in capitals', jobOf({ sourceRef: { name: 'Prompts' } }), 'is no name of an object', 'should match'),
  bad(
    'a source of another kind',
    jobOf({ sourceRef: { name: 'a', kind: 'Source' } }),
    '"Source" is not one of',
    'Unsupported value',
  ),
  bad('a mistyped type', jobOf({ type: 'load-test' }), 'did you mean "loadtest"?', 'Unsupported value: "load-test"'),
  bad('a mistyped field', jobOf({ workerz: {} }), 'did you mean "workers"?', 'unknown field "spec.workerz"'),
  bad('trials that are none', jobOf({ trials: 0 }), 'spec.trials must be at least 1', 'greater than or equal to 1'),
  bad('half a trial', jobOf({ trials: 1.5 }), 'spec.trials must be a whole number', 'must be of type integer'),
  bad('an Arena file outside', jobOf({ arenaFile: '../x.yaml' }), 'must be a relative path', 'spec.arenaFile'),
  bad(
    'a glob that is no list',
    jobOf({ scenarios: { include: '*' } }),
    'must be a list, not a text',
    'must be of type array',
  ),
  bad(
    'variables in a list',
    jobOf({ variables: ['a'] }),
    'spec.variables must be a map, not a list',
    'must be of type object',
  ),
  bad(
    'an unknown report',
    jobOf({ evaluation: { outputFormats: ['xml'] } }),
    '"xml" is not one of',
    'Unsupported value: "xml"',
  ),
  bad('a trigger that is none', jobOf({ trigger: 'Always' }), '"Always" is not one of', 'Unsupported value: "Always"'),
  bad('a time in words', jobOf({ timeouts: { item: '5 minutes' } }), 'is not a duration', 'spec.timeouts.item'),
  bad('a cache of another mode', jobOf({ cache: { mode: 'on' } }), '"on" is not one of', 'Unsupported value: "on"'),
  bad(
    'a time to live below nothing',
    jobOf({ ttlSecondsAfterFinished: -1 }),
    'must be at least 0',
    'greater than or equal to 0',
  ),
  bad(
    'a registry without a name',
    jobOf({ toolRegistries: [{}] }),
    'toolRegistries[0].name is required',
    'Required value',
  ),
  bad('load in an evaluation', jobOf({ loadTest: { targetRPS: 5 } }), 'the block loadTest is for type loadtest'),
  bad('data in an evaluation', jobOf({ dataGen: { count: 5 } }), 'the block dataGen is for type datagen'),
  bad(
    'a threshold on nothing',
    jobOf({
      type: 'loadtest',
      loadTest: { targetRPS: 5, thresholds: [{ metric: 'p95', operator: '<', value: '1s' }] },
    }),
    '"p95" is not one of',
    'Unsupported value: "p95"',
  ),
  bad('a load test without load', jobOf({ type: 'loadtest' }), 'type loadtest needs the block loadTest'),
  bad('load of no size', jobOf({ type: 'loadtest', loadTest: {} }), 'neither how many requests a second nor how many'),
  bad(
    'load of two models',
    jobOf({ type: 'loadtest', loadTest: { targetRPS: 5, vusPerWorker: 2 } }),
    'concurrency and vusPerWorker are for closed tests',
  ),
  bad(
    'a budget in another currency',
    jobOf({ type: 'loadtest', loadTest: { targetRPS: 5, budgetLimit: '5', budgetCurrency: 'EUR' } }),
    '"EUR" is not one of',
    'Unsupported value: "EUR"',
  ),
  bad(
    'a grace of a threshold that ends nothing',
    jobOf({
      type: 'loadtest',
      loadTest: { targetRPS: 5, thresholds: [{ metric: 'error_rate', operator: '<', value: '1%', grace: '1m' }] },
    }),
    'grace is for thresholds with abortOnFail',
  ),
  bad(
    'no worker at all',
    jobOf({ workers: { replicas: 0 } }),
    'spec.workers.replicas must be at least 1',
    'greater than',
  ),
  bad(
    'fewest above most',
    jobOf({ workers: { minReplicas: 3, maxReplicas: 2 } }),
    'minReplicas is greater than maxReplicas',
  ),
  bad('replicas outside', jobOf({ workers: { replicas: 9, maxReplicas: 2 } }), 'replicas lies outside'),
  bad(
    'an effect that no taint has',
    jobOf({ workers: { podOverrides: { tolerations: [{ effect: 'Never' }] } } }),
    '"Never" is not one of',
    'Unsupported value: "Never"',
  ),
  bad(
    'an environment variable with a space',
    jobOf({ workers: { podOverrides: { extraEnv: [{ name: 'A B', value: 'x' }] } } }),
    'is no name of an environment variable',
    'spec.workers.podOverrides.extraEnv[0].name',
  ),
];

const schedules: InvalidManifest[] = [
  bad('a cron of six fields', cron('0 0 2 * * *'), 'is not five fields', 'spec.schedule.cron'),
  bad('a cron out of range', cron('99 2 * * *'), 'must hold values in their ranges'),
  bad('a cron of no steps', cron('*/0 2 * * *'), 'steps from 1'),
  bad('a cron of somebody else', cron('0 0 L * *'), 'is not five fields', 'spec.schedule.cron'),
  bad('a week that begins on Friday', cron('0 0 * * FRI-MON'), 'ends before it begins', null),
  bad('a day that no year has', cron('0 0 31 2 *'), 'names times that never come', null),
  bad('no cron', jobOf({ schedule: {} }), 'spec.schedule.cron is required', 'spec.schedule.cron: Required'),
  bad(
    'no such time zone',
    jobOf({ schedule: { cron: '0 2 * * *', timezone: 'Mars/Olympus' } }),
    'is no time zone',
    null,
  ),
  bad(
    'no such policy',
    jobOf({ schedule: { cron: '0 2 * * *', concurrencyPolicy: 'Forbidden' } }),
    'did you mean "Forbid"?',
    'Unsupported value: "Forbidden"',
  ),
];

const ONE_OF = 'must have exactly one of providerRef and agentRef';
const ADMITTED_ONE_OF = 'must validate one and only one schema (oneOf)';

const providerGroups: InvalidManifest[] = [
  bad('provider and agent', groups({ default: [{ ...providerRef('a'), ...agentRef('b') }] }), ONE_OF, ADMITTED_ONE_OF),
  bad('neither', groups({ default: [{}] }), ONE_OF, ADMITTED_ONE_OF),
  bad('both in a map', groups({ judge: { j: { ...providerRef('a'), ...agentRef('b') } } }), ONE_OF, ADMITTED_ONE_OF),
  bad('a text as an entry', groups({ default: ['gpt-4o'] }), 'must be a map, not a text', 'must be of type object'),
  bad('a text as a group', groups({ default: 'gpt-4o' }), 'must be a list of entries, or a map', null),
  bad(
    'an agent elsewhere',
    groups({ default: [{ agentRef: { name: 'a', namespace: 'b' } }] }),
    'unknown key "namespace"',
    'unknown field "spec.providers.default[0].agentRef.namespace"',
  ),
  bad(
    'a provider without a name',
    groups({ default: [{ providerRef: {} }] }),
    'providerRef.name is required',
    'Required value',
  ),
];

const outputs: InvalidManifest[] = [
  bad(
    'no type of output',
    output({ s3: { bucket: 'a' } }),
    'spec.output.type is required',
    'spec.output.type: Required',
  ),
  bad('no block of s3', output({ type: 's3' }), 'output type s3 needs the block s3'),
  bad('no block of pvc', output({ type: 'pvc' }), 'output type pvc needs the block pvc'),
  bad(
    'the other block too',
    output({ type: 's3', s3: { bucket: 'a' }, pvc: { claimName: 'b' } }),
    'the block pvc is for output type pvc',
  ),
  bad(
    'no bucket',
    output({ type: 's3', s3: {} }),
    'spec.output.s3.bucket is required',
    'spec.output.s3.bucket: Required',
  ),
  bad(
    'an endpoint without http',
    output({ type: 's3', s3: { bucket: 'a', endpoint: 'minio:9000' } }),
    'must begin with https:// or http://',
    'spec.output.s3.endpoint',
  ),
  bad(
    'a folder above the volume',
    output({ type: 'pvc', pvc: { claimName: 'a', subPath: 'x/../..' } }),
    'must be a relative path without',
    'spec.output.pvc.subPath',
  ),
];

export const invalidJobs: readonly InvalidManifest[] = [...jobs, ...schedules, ...providerGroups, ...outputs];
