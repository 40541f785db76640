import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { workerSettings } from '../../k8s/controller/workers/worker-settings.js';
import type { KubeObject } from '../helpers/kube/api-client.js';
import { helmTemplate, kustomize, nameIn, objectsOf } from '../helpers/kube/manifests.js';

/** Of Helm alone, or of kustomize alone. */
const OWN = new Set([
  'app.kubernetes.io/managed-by',
  'app.kubernetes.io/version',
  'helm.sh/chart',
  'helm.sh/resource-policy',
  'checksum/settings',
]);

/** As one text with sorted keys: kustomize adds a hash to the settings' name, Helm a checksum of them to the pods. */
function comparable(object: KubeObject): string {
  const text = JSON.stringify(object, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const entries = Object.entries(value).filter(([key, part]) => !OWN.has(key) && !isEmptied(key, part));
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return text.replaceAll(/arena-settings-[a-z0-9]{10}/g, 'arena-settings');
}

const isEmptied = (key: string, part: unknown): boolean =>
  key === 'annotations' && Object.keys(part as object).every((name) => OWN.has(name));

const comparables = (yaml: string): { [name: string]: string } =>
  Object.fromEntries(
    objectsOf(yaml).map((object) => [
      nameIn(object).replace(/(arena-settings)-[a-z0-9]{10}$/, '$1'),
      comparable(object),
    ]),
  );

describe('the chart', () => {
  test('makes the objects of the kustomize base, but for the namespace', async () => {
    const { 'Namespace/arena-system': namespace, ...base } = comparables(await kustomize('k8s/manifests'));
    expect(namespace).toContain('restricted');
    expect(comparables(await helmTemplate())).toEqual(base);
    expect(Object.keys(base).length).toBeGreaterThan(20);
  });

  test('grants a tenant what the folder for tenants does', async () => {
    const tenant = comparables(await kustomize('test/helpers/kube/tenant'));
    const granted = comparables(await helmTemplate(['--set', 'tenants={team-a}']));
    expect(Object.keys(tenant)).toHaveLength(4);
    for (const [name, object] of Object.entries(tenant)) expect([name, granted[name]]).toEqual([name, object]);
  });

  test('has the version of the product, and so do the images', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    const chart = readFileSync('k8s/manifests/chart/Chart.yaml', 'utf8');
    expect(chart).toContain(`\nversion: ${version}\n`);
    expect(chart).toContain(`\nappVersion: ${version}\n`);
    const images = (await kustomize('k8s/manifests')).match(/(image|ARENA_WORKER_IMAGE): .*/g);
    expect(new Set(images)).toEqual(new Set([`image: arena:${version}`, `ARENA_WORKER_IMAGE: arena:${version}`]));
  });

  test.each([
    ['image.repository=r.example.com/arena', 'image: r.example.com/arena:0.1.0'],
    ['image.tag=v9', 'ARENA_WORKER_IMAGE: "arena:v9"'],
    ['image.pullPolicy=Always', 'imagePullPolicy: Always'],
    ['image.pullSecrets={pull}', 'imagePullSecrets:\n        - name: pull'],
    ['temporal.address=t:1', 'TEMPORAL_ADDRESS: "t:1"'],
    ['temporal.namespace=evals', 'TEMPORAL_NAMESPACE: "evals"'],
    ['temporal.secretName=ts', 'name: ts\n                optional: true'],
    ['store.url=s3://evals/p', 'ARENA_STORE: "s3://evals/p"'],
    ['store.region=eu-west-1', 'ARENA_S3_REGION: "eu-west-1"'],
    ['store.endpoint=http://s3:1', 'ARENA_S3_ENDPOINT: "http://s3:1"'],
    ['store.secretName=ss', 'name: ss\n                optional: true'],
    ['store.url=,store.claimName=c', 'claimName: c'],
    ['store.url=,store.claimName=c', 'ARENA_WORKER_STORE_CLAIM: "c"'],
    ['store.secretName=ss', 'ARENA_WORKER_SECRETS: "arena-temporal,ss"'],
    ['namespaces={a,b}', 'ARENA_NAMESPACES: "a,b"'],
    ['settings.logLevel=debug', 'ARENA_LOG_LEVEL: "debug"'],
    ['settings.taskQueue=q', 'ARENA_TASK_QUEUE: "q"'],
    ['settings.keepArtifacts=3', 'ARENA_KEEP_ARTIFACTS: "3"'],
    ['settings.artifactUrl=https://a', 'ARENA_ARTIFACT_URL: "https://a"'],
    ['settings.agentTokenUrl=http://t/token', 'ARENA_AGENT_TOKEN_URL: "http://t/token"'],
    ['settings.env.HTTPS_PROXY=http://p', 'HTTPS_PROXY: "http://p"'],
    ...['controller', 'worker'].flatMap((of): [string, string][] => [
      [`${of}.replicas=7`, 'replicas: 7'],
      [`${of}.resources.limits.memory=3Gi`, 'memory: 3Gi'],
      [`${of}.serviceAccountAnnotations.role=r`, 'annotations:\n    role: r'],
      [`${of}.podAnnotations.note=seen`, 'note: seen'],
      [`${of}.podLabels.team=t`, 'team: t'],
      [`${of}.nodeSelector.disk=ssd`, 'nodeSelector:\n        disk: ssd'],
      [`${of}.tolerations[0].operator=Exists`, 'tolerations:\n        - operator: Exists'],
      [`${of}.affinity.podAffinity.x=1`, 'affinity:\n        podAffinity'],
      [`${of}.priorityClassName=high`, 'priorityClassName: high'],
    ]),
    ['worker.extraEnv[0].name=A,worker.extraEnv[0].value=v', '- name: A\n              value: v'],
    ['networkPolicy.workerEgress[0].to[0].ipBlock.cidr=10.0.0.0/8', 'cidr: 10.0.0.0/8'],
  ])('%s takes effect', async (value, expected) => {
    expect(await helmTemplate(['--set', value])).toContain(expected);
  });

  test.each([
    ['crds.install=false', 'name: arenajobs.omnia.altairalabs.ai'],
    ['crds.omnia=false', 'name: providers.omnia.altairalabs.ai'],
    ['networkPolicy.enabled=false', 'kind: NetworkPolicy'],
    ['podDisruptionBudget.enabled=false', 'kind: PodDisruptionBudget'],
    ['namespaces={a}', 'kind: ClusterRoleBinding\nmetadata:\n  name: arena-worker'],
  ])('%s leaves something out', async (value, absent) => {
    expect(await helmTemplate()).toContain(absent);
    expect(await helmTemplate(['--set', value])).not.toContain(absent);
  });

  test.each([
    ['image.tga=1', "'tga'"],
    ['replicas=3', "'replicas'"],
    ['worker.replicas=-1', '/worker/replicas'],
    ['worker.resources.limits.memory=lots', '/worker/resources/limits/memory'],
    ['temporal.address=temporal', '/temporal/address'],
    ['store.url=https://bucket', '/store/url'],
    ['store.url=', 'there is no store'],
    ['store.claimName=c', 'two places for one store'],
    ['namespaces={Team A}', '/namespaces/0'],
    ['settings.logLevel=loud', '/settings/logLevel'],
    ['settings.keepArtifacts=0', '/settings/keepArtifacts'],
    ['settings.agentTokenUrl=tokens', '/settings/agentTokenUrl'],
    ['settings.env.ARENA_AGENT_TOKEN_URL=http://t', 'ARENA_AGENT_TOKEN_URL'],
    ['settings.env.ARENA_STORE=s3://other', 'ARENA_STORE'],
    ['settings.env.AWS_SECRET_ACCESS_KEY=k', 'AWS_SECRET_ACCESS_KEY'],
    ['worker.podLabels.app\\.kubernetes\\.io/name=x', 'app.kubernetes.io/name'],
    ['networkPolicy.workerEgress[0].form=x', "'form'"],
  ])('%s is refused', async (value, told) => {
    await expect(helmTemplate(['--set', value])).rejects.toThrow(told);
  });

  test.each([
    ['the overlay', () => kustomize('k8s/manifests/overlays/store-on-volume')],
    ['the chart', () => helmTemplate(['--set', 'store.url=,store.claimName=arena-store'])],
  ])('and %s alike give the pods of jobs the volume that holds the store', async (_, made) => {
    const objects = objectsOf<KubeObject & { data?: { [name: string]: string } }>(await made());
    const settings = objects.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && /^arena-settings/.test(metadata.name),
    );
    expect(workerSettings(settings?.data ?? {})).toMatchObject({ storeClaim: 'arena-store' });
    expect(settings?.data?.ARENA_STORE).toBe('');
  });

  test('binds rights in the namespaces that Arena is to see only', async () => {
    const objects = objectsOf(await helmTemplate(['--set', 'namespaces={a,arena-system}']));
    const bindings = objects.filter(({ kind }) => /RoleBinding$/.test(kind ?? '')).map(nameIn);
    expect(bindings.sort()).toEqual(
      [
        'ClusterRoleBinding/arena-controller-reviews',
        ...['a', 'arena-system'].flatMap((namespace) =>
          ['arena-controller', 'arena-worker', 'arena-worker-secrets'].map(
            (name) => `RoleBinding/${namespace}/${name}`,
          ),
        ),
        'RoleBinding/a/arena-job-worker',
        'RoleBinding/arena-system/arena-controller-leader',
      ].sort(),
    );
  });
});
