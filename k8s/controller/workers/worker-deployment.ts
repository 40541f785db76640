/** The Deployment of the workers that a job has for itself. Pure. */
import { createHash } from 'node:crypto';
import { OUTPUT_MOUNT } from '../../../src/cluster/job-output.js';
import { jobShardQueue } from '../../../src/cluster/run-names.js';
import type { ArenaJobObject } from '../../../src/schema/cluster/arena-job.js';
import { noImage, type WorkerSettings } from './worker-settings.js';

/** Deployments and pods of a job’s own workers carry it. */
export const JOB_LABEL = 'omnia.altairalabs.ai/job';

/** Label values, and names of pods made from that of a Deployment, are no longer. */
const MAX_LABEL = 63;
const MAX_NAME = 52;

/** The image's own. */
const USER = 10_001;

const HEALTH_PORT = 8081;

/** Calls in flight may take a minute to end; see the worker's own time. */
const GRACE_SECONDS = 90;

/** Pods that are not ready after so long are told of, in seconds; they may take two minutes to load their image. */
const READY_WITHIN_SECONDS = 180;

/** Where a worker keeps what it may lose. */
const DATA_FOLDER = '/var/lib/arena';

const DATA_VOLUME = 'arena-data';
const OUTPUT_VOLUME = 'arena-output';

/** `<job>-workers`; a long name is cut and told apart by a hash. */
export const workersName = (job: string): string => shortName(`${job}-workers`, MAX_NAME);

/** Value of `JOB_LABEL` for a job. */
export const jobLabel = (job: string): string => shortName(job, MAX_LABEL);

function shortName(name: string, max: number): string {
  if (name.length <= max) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.slice(0, max - 9).replace(/[.-]+$/, '')}-${hash}`;
}

export function workerDeployment(
  { metadata, spec }: ArenaJobObject,
  replicas: number,
  settings: WorkerSettings,
): object {
  const { image } = settings;
  if (image === undefined) throw noImage();
  const { name, namespace, uid } = metadata;
  const overrides = spec.workers?.podOverrides ?? {};
  const labels = {
    [JOB_LABEL]: jobLabel(name),
    'app.kubernetes.io/name': 'arena-worker',
    'app.kubernetes.io/instance': shortName(name, MAX_LABEL),
    'omnia.altairalabs.ai/component': 'arena-worker',
  };
  const claim = spec.output?.type === 'pvc' ? spec.output.pvc?.claimName : undefined;
  const { serviceAccountName = settings.serviceAccountName } = overrides;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      ...{ name: workersName(name), namespace, labels },
      ownerReferences: [
        {
          ...{ apiVersion: 'omnia.altairalabs.ai/v1alpha1', kind: 'ArenaJob', name, uid },
          ...{ controller: true, blockOwnerDeletion: true },
        },
      ],
    },
    spec: {
      replicas,
      revisionHistoryLimit: 1,
      progressDeadlineSeconds: READY_WITHIN_SECONDS,
      selector: { matchLabels: labels },
      template: {
        metadata: {
          // Those of a worker stay: the selector and network policies go by them.
          labels: { ...overrides.labels, ...labels },
          ...(overrides.annotations === undefined ? {} : { annotations: overrides.annotations }),
        },
        spec: {
          serviceAccountName,
          automountServiceAccountToken: true,
          terminationGracePeriodSeconds: GRACE_SECONDS,
          securityContext: {
            ...{ runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
            seccompProfile: { type: 'RuntimeDefault' },
          },
          ...present({
            nodeSelector: overrides.nodeSelector,
            tolerations: overrides.tolerations,
            priorityClassName: overrides.priorityClassName,
            imagePullSecrets: overrides.imagePullSecrets,
          }),
          containers: [container(image, uid, claim, settings, overrides)],
          volumes: [
            { name: 'tmp', emptyDir: {} },
            dataVolume(settings),
            ...(claim === undefined ? [] : [{ name: OUTPUT_VOLUME, persistentVolumeClaim: { claimName: claim } }]),
            ...(overrides.extraVolumes ?? []),
          ],
        },
      },
    },
  };
}

/** Empty, unless the installation keeps its store on a volume. */
function dataVolume({ storeClaim }: WorkerSettings): object {
  if (storeClaim === undefined) return { name: DATA_VOLUME, emptyDir: { sizeLimit: '1Gi' } };
  return { name: DATA_VOLUME, persistentVolumeClaim: { claimName: storeClaim } };
}

type Overrides = NonNullable<NonNullable<ArenaJobObject['spec']['workers']>['podOverrides']>;

function container(
  image: string,
  uid: string,
  claim: string | undefined,
  settings: WorkerSettings,
  { extraEnv = [], extraEnvFrom = [], extraVolumeMounts = [] }: Overrides,
): object {
  const own = [
    ...settings.env,
    { name: 'ARENA_DATA_DIR', value: DATA_FOLDER },
    // Its user has no home, and can write nowhere else.
    { name: 'HOME', value: '/tmp' },
    { name: 'ARENA_HEALTH_PORT', value: String(HEALTH_PORT) },
    { name: 'ARENA_SHARD_QUEUE', value: jobShardQueue(uid) },
  ];
  // What makes it a worker of this job cannot be changed; whatever else the job says wins.
  const fixed = new Set(['ARENA_SHARD_QUEUE', 'ARENA_HEALTH_PORT']);
  const extra = extraEnv.filter(({ name }) => !fixed.has(name));
  const isReplaced = (name: string): boolean => extra.some((other) => other.name === name);
  const probe = (path: string, periodSeconds: number) => ({
    ...{ httpGet: { path, port: 'health' }, periodSeconds, timeoutSeconds: 5 },
  });
  return {
    name: 'worker',
    image,
    imagePullPolicy: 'IfNotPresent',
    args: ['worker'],
    ports: [{ name: 'health', containerPort: HEALTH_PORT }],
    env: [...own.filter(({ name }) => !isReplaced(name)), ...extra],
    envFrom: [
      ...(settings.envFromConfigMap === undefined
        ? []
        : [{ configMapRef: { name: settings.envFromConfigMap, optional: true } }]),
      ...settings.envFromSecrets.map((name) => ({ secretRef: { name, optional: true } })),
      ...extraEnvFrom,
    ],
    startupProbe: { ...probe('/healthz', 2), failureThreshold: 45 },
    readinessProbe: probe('/readyz', 2),
    livenessProbe: { ...probe('/healthz', 10), failureThreshold: 6 },
    resources: { requests: { cpu: '250m', memory: '384Mi' }, limits: { memory: '1Gi' } },
    securityContext: {
      ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true },
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'tmp', mountPath: '/tmp' },
      { name: DATA_VOLUME, mountPath: DATA_FOLDER },
      ...(claim === undefined ? [] : [{ name: OUTPUT_VOLUME, mountPath: OUTPUT_MOUNT }]),
      ...extraVolumeMounts,
    ],
  };
}

function present(fields: { [name: string]: unknown }): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
