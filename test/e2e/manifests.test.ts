import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { KubeObject } from '../helpers/kube/api-client.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';
import { helmTemplate, kustomize, nameIn, objectsOf } from '../helpers/kube/manifests.js';
import type { PodSpec } from '../helpers/kube/pod.js';

const ACCOUNTS = {
  controller: 'arena-system/arena-controller',
  pool: 'arena-system/arena-worker',
  'job worker': 'team-a/arena-worker',
};
const OURS = ['arenajobs', 'arenaconfigs', 'arenasources', 'providers', 'agentruntimes', 'toolregistries'];

interface Rule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
}

describe('the manifests at an API server', () => {
  let plane: ControlPlane;
  const folder = mkdtempSync(join(tmpdir(), 'arena-overlay-'));

  beforeAll(async () => {
    plane = await ControlPlane.start();
    await plane.apply(
      ['team-a', 'team-b'].map((name) => `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}\n`).join('---\n'),
    );
    // As the README says.
    const { code, stderr } = await plane.kubectl(['apply', '--server-side', '-k', 'k8s/manifests']);
    expect([code, stderr]).toEqual([0, '']);
    await plane.apply(await kustomize('test/helpers/kube/tenant'));
  }, 120_000);
  afterAll(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true });
  });

  const dryRun = (yaml: string, ...options: string[]) =>
    plane.kubectl(['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-', ...options], {
      stdin: yaml,
    });

  test.each(readdirSync('k8s/manifests/overlays'))('the overlay %s is accepted', async (name) => {
    expect(await dryRun(await kustomize(`k8s/manifests/overlays/${name}`))).toMatchObject({ code: 0, stderr: '' });
  });

  test('an overlay of one’s own sets image, settings and namespaces as the page on Kubernetes tells', async () => {
    const page = readFileSync('docs/kubernetes.md', 'utf8');
    const [, text = ''] = /# kustomization.yaml\n([\s\S]*?)```/.exec(page) ?? [];
    const base = relative(folder, join(process.cwd(), 'k8s/manifests'));
    writeFileSync(join(folder, 'kustomization.yaml'), text.replaceAll(/\S*k8s\/manifests/g, base));
    const yaml = await kustomize(folder);
    const settings = objectsOf<KubeObject & { data: object }>(yaml).find(({ kind }) => kind === 'ConfigMap');
    expect(settings?.data).toMatchObject({
      TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      ARENA_STORE: 's3://our-evaluations/arena',
      ARENA_WORKER_IMAGE: 'registry.example.com/arena:0.1.0',
      ARENA_TASK_QUEUE: 'arena',
    });
    expect(yaml.match(/image: .*/g)).toEqual(Array(2).fill('image: registry.example.com/arena:0.1.0'));
    expect(await dryRun(yaml)).toMatchObject({ code: 0, stderr: '' });
  });

  test.each([
    ['as it comes', []],
    ['for two namespaces', ['--set', 'namespaces={team-a,arena-system}']],
    ['with tenants, beside Omnia', ['--set', 'tenants={team-a,team-b}', '--set', 'crds.omnia=false']],
    ['on a volume', ['--set', 'store.url=,store.claimName=arena-store']],
    [
      'with all that pods may have',
      [
        ...['--set-json', 'worker.tolerations=[{"key":"gpu","operator":"Exists","effect":"NoSchedule"}]'],
        ...['--set', 'worker.nodeSelector.disk=ssd,worker.podLabels.team=x,worker.extraEnv[0].name=A'],
        ...['--set-json', 'networkPolicy.workerEgress=[{"to":[{"ipBlock":{"cidr":"0.0.0.0/0"}}]}]'],
        ...['--set', 'image.pullSecrets={pull},controller.serviceAccountAnnotations.role=r'],
      ],
    ],
  ])('the chart is accepted %s', async (_, values) => {
    expect(await dryRun(await helmTemplate(values))).toMatchObject({ code: 0, stderr: '' });
  });

  test.each(readdirSync('examples/kubernetes').filter((name) => name.endsWith('.yaml')))(
    'the example %s is accepted',
    async (name) => {
      const yaml = readFileSync(join('examples/kubernetes', name), 'utf8');
      expect(await dryRun(yaml, '--namespace', 'team-a', '--validate=strict')).toMatchObject({ code: 0, stderr: '' });
    },
  );

  describe('pods', () => {
    const pods = async () =>
      objectsOf<KubeObject & { spec: { template: { metadata: object; spec: PodSpec } } }>(await helmTemplate())
        .filter(({ kind }) => kind === 'Deployment')
        .map(({ metadata, spec: { template } }) => ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { ...template.metadata, name: metadata.name, namespace: 'arena-system' },
          spec: template.spec,
        }));

    test('run where the namespace enforces the restricted standard, and it would refuse any that asked for more', async () => {
      for (const pod of await pods()) {
        expect(await dryRun(JSON.stringify(pod))).toMatchObject({ code: 0, stderr: '' });
        const [container] = pod.spec.containers;
        const loose = {
          ...container,
          securityContext: { ...container?.securityContext, allowPrivilegeEscalation: true },
        };
        const refused = await dryRun(JSON.stringify({ ...pod, spec: { ...pod.spec, containers: [loose] } }));
        expect([refused.code, refused.stderr]).toEqual([
          1,
          expect.stringContaining('violates PodSecurity "restricted'),
        ]);
      }
    });

    test('write to volumes only, have probes, and ask for what they need', async () => {
      for (const { spec } of await pods()) {
        expect(spec.automountServiceAccountToken).toBe(true);
        for (const container of spec.containers) {
          expect(container.securityContext).toMatchObject({
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
          });
          expect(container.resources).toMatchObject({
            requests: { cpu: expect.any(String), memory: expect.any(String) },
            limits: { memory: expect.any(String) },
          });
          for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
            expect(container[probe]).toBeDefined();
          }
        }
      }
    });
  });

  describe('rights', () => {
    /** What an account may do in a namespace, one line a resource and verb, without what everybody may. */
    async function rightsOf(account: string, namespace: string): Promise<string[]> {
      const client = await plane.clientOf(account);
      const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } };
      const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
      const { status } = await client.create<{ status: { resourceRules: Rule[] } }>(path, review);
      await client.close();
      const lines = status.resourceRules.flatMap(({ verbs, resources = [], resourceNames }) =>
        resources.flatMap((resource) =>
          verbs.map((verb) => `${verb} ${resource}${resourceNames ? ` ${resourceNames.join()}` : ''}`),
        ),
      );
      return [...new Set(lines)].filter((line) => !/selfsubject/.test(line)).sort();
    }

    const verbsOn = (verbs: string[], resources: string[]) =>
      verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`));
    const written = OURS.slice(0, 3);
    const controllerRights = [
      ...verbsOn(['get', 'list', 'watch'], [...OURS, 'deployments']),
      ...verbsOn(['patch'], [...written, ...written.map((kind) => `${kind}/status`)]),
      ...verbsOn(
        ['update'],
        written.map((kind) => `${kind}/finalizers`),
      ),
      ...verbsOn(['create', 'patch', 'delete'], ['deployments']),
      'list pods',
      ...verbsOn(['create', 'patch'], ['events']),
      'delete arenajobs',
      'create tokenreviews',
      'create subjectaccessreviews',
    ];
    const lease = ['create leases', 'get leases arena-controller', 'update leases arena-controller'];
    const reading = verbsOn(['get'], OURS);
    const secrets = verbsOn(['get'], ['secrets', 'configmaps']);

    test.each([
      ['the controller, in any namespace', ACCOUNTS.controller, 'team-b', controllerRights],
      ['the controller, in its own', ACCOUNTS.controller, 'arena-system', [...controllerRights, ...lease]],
      ['the pool, in a namespace that is no tenant', ACCOUNTS.pool, 'team-b', reading],
      ['the pool, in its own namespace', ACCOUNTS.pool, 'arena-system', reading],
      ['the pool, at a tenant', ACCOUNTS.pool, 'team-a', [...reading, ...secrets]],
      ['workers of a tenant’s job, at home', ACCOUNTS['job worker'], 'team-a', [...reading, ...secrets]],
      ['workers of a tenant’s job, elsewhere', ACCOUNTS['job worker'], 'team-b', []],
    ])('are no more than these: %s', async (_, account, namespace, expected) => {
      expect(await rightsOf(account, namespace)).toEqual([...expected].sort());
    });

    test.each(
      Object.entries(ACCOUNTS).flatMap(([who, account]) =>
        ['list', 'watch', 'create', 'patch', 'delete'].map((verb) => [who, verb, account] as const),
      ),
    )('the %s may not %s secrets', async (_, verb, account) => {
      const user = `system:serviceaccount:${account.replace('/', ':')}`;
      const { stdout } = await plane.kubectl(['auth', 'can-i', verb, 'secrets', '--all-namespaces', '--as', user]);
      expect(stdout.trim()).toBe('no');
    });

    test('who may view or edit a namespace may do so with the kinds of Arena', async () => {
      const aggregated = objectsOf<KubeObject & { rules: Rule[] }>(await kustomize('k8s/manifests/base')).filter(
        ({ metadata }) => metadata.labels?.['rbac.authorization.k8s.io/aggregate-to-admin'] === 'true',
      );
      expect(aggregated.map(nameIn)).toEqual(['ClusterRole/arena-edit', 'ClusterRole/arena-view']);
      expect(
        aggregated.map(({ metadata }) => metadata.labels?.['rbac.authorization.k8s.io/aggregate-to-view']),
      ).toEqual([undefined, 'true']);
      for (const { rules } of aggregated) expect(rules.flatMap(({ resources = [] }) => resources)).toEqual(OURS);
    });
  });
});
