/** The stand-in for a node, tried alone: pods that are real processes with the rights of their own service accounts. */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isGone } from '../helpers/is-gone.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';
import { MACHINE_IMAGE } from '../helpers/kube/image.js';
import { Kubelet } from '../helpers/kube/kubelet.js';
import type { Pod } from '../helpers/kube/pod.js';
import { waitFor } from '../helpers/wait-for.js';

describe('a stand-in for a node', () => {
  let plane: ControlPlane;
  let kubelet: Kubelet;
  const claim = mkdtempSync(join(tmpdir(), 'arena-claim-'));

  const pod = async (name: string) =>
    (await plane.admin.request<Pod>('GET', `/api/v1/namespaces/shop/pods/${name}`)).body;
  const inPhase = (name: string, phase: string) =>
    waitFor(`${name} to be ${phase}`, async () => {
      const found = await pod(name);
      return found.status?.phase === phase ? found : undefined;
    });

  beforeAll(async () => {
    chmodSync(claim, 0o755);
    plane = await ControlPlane.start({ controllerManager: true });
    kubelet = await Kubelet.start(plane, { images: { machine: MACHINE_IMAGE } });
    await plane.apply(OBJECTS.replace('CLAIM', claim));
  });
  afterAll(async () => {
    await kubelet.stop();
    await plane.stop();
    rmSync(claim, { recursive: true });
  });

  test('runs a pod to its end, with its environment, volumes and the rights of its service account', async () => {
    await plane.apply(REPORT);
    const done = await inPhase('report', 'Succeeded');
    const words = readFileSync(join(claim, 'out', 'words'), 'utf8')
      .trim()
      .split('\n');
    expect(words).toEqual([
      'report in shop',
      'plain=p',
      'from secret=s3cret',
      'prefixed=c',
      'file=c',
      '65532',
      '200 403',
    ]);
    expect(done.status?.containerStatuses?.[0]?.state.terminated).toMatchObject({ exitCode: 0, reason: 'Completed' });
    expect(readdirSync('/').includes('config')).toBe(false);
  });

  test('says what a pod waits for, and starts it when it is there', async () => {
    await plane.apply(podYaml('waits', 'echo $MODE', 'envFrom: [{ configMapRef: { name: later } }]'));
    const reason = async () => (await pod('waits')).status?.containerStatuses?.[0]?.state.waiting?.message;
    await waitFor('the reason', async () => ((await reason())?.includes('"later" not found') ? true : undefined));
    const metadata = { name: 'later', namespace: 'shop' };
    await plane.apply(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { MODE: 'a' } }));
    await inPhase('waits', 'Succeeded');
    expect(kubelet.logs('shop/waits')).toBe('a\n');
  });

  test('keeps the pods of a Deployment running: one that is killed is started again, one that is deleted replaced', async () => {
    await plane.apply(DEPLOYMENT);
    const ready = async (replicas: number) =>
      waitFor(`${replicas} ready pods`, async () => {
        const { stdout } = await plane.kubectl([
          'get',
          'deploy/web',
          '-n',
          'shop',
          '-o',
          'jsonpath={.status.readyReplicas}',
        ]);
        const names = kubelet.running('shop').filter((name) => name.startsWith('shop/web-'));
        return stdout === String(replicas) && names.length === replicas ? names : undefined;
      });
    const [first = '', second = ''] = await ready(2);
    const port = (name: string) => kubelet.portOf(name, 8080);
    expect(port(first)).not.toBe(port(second));
    expect(await (await fetch(`http://127.0.0.1:${port(first)}/`)).text()).toBe(`hello of ${first.slice(5)}`);
    const [pid = 0] = kubelet.pids(first);
    kubelet.killPod(first);
    expect(await isGone(pid)).toBe(true);
    await waitFor('the restart', async () => {
      const status = (await pod(first.slice(5))).status?.containerStatuses?.[0];
      return status?.restartCount === 1 && status.ready ? true : undefined;
    });
    await plane.kubectl(['delete', 'pod', '-n', 'shop', second.slice(5), '--wait=false']);
    await waitFor('another pod', () => (kubelet.running('shop').includes(second) ? undefined : true));
    expect(await ready(2)).toContain(first);
    await plane.kubectl(['scale', 'deploy/web', '-n', 'shop', '--replicas=1']);
    await ready(1);
  });

  test('gives a deleted pod its time to end, then kills it', async () => {
    const script = 'trap "echo stopping" TERM; echo started; while true; do sleep 0.1; done';
    await plane.apply(podYaml('stubborn', script, 'ports: []', 'terminationGracePeriodSeconds: 1'));
    await waitFor('its start', () => (kubelet.running().includes('shop/stubborn') ? true : undefined));
    await waitFor('its words', () => (kubelet.logs('shop/stubborn') === 'started\n' ? true : undefined));
    const [pid = 0] = kubelet.pids('shop/stubborn');
    const before = Date.now();
    await plane.kubectl(['delete', 'pod', '-n', 'shop', 'stubborn']);
    expect(Date.now() - before).toBeGreaterThan(900);
    expect(await isGone(pid)).toBe(true);
    expect((await pod('stubborn')).metadata.uid).toBeUndefined();
  });
});

const OBJECTS = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: shop }
rules: [{ apiGroups: [""], resources: [configmaps], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader, namespace: shop }
subjects: [{ kind: ServiceAccount, name: reader, namespace: shop }]
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: settings, namespace: shop }
data: { colour: c }
---
apiVersion: v1
kind: Secret
metadata: { name: key, namespace: shop }
stringData: { key: s3cret }
---
apiVersion: v1
kind: PersistentVolume
metadata: { name: out }
spec: { capacity: { storage: 1Gi }, accessModes: [ReadWriteMany], storageClassName: "", hostPath: { path: CLAIM } }
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: out, namespace: shop }
spec: { accessModes: [ReadWriteMany], storageClassName: "", resources: { requests: { storage: 1Gi } } }
`;

const ASK = `
const { request } = require('node:https');
const { readFileSync } = require('node:fs');
const mount = (name) => readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/' + name, 'utf8');
const host = process.env.KUBERNETES_SERVICE_HOST, port = process.env.KUBERNETES_SERVICE_PORT;
const ask = (path) => new Promise((done) => request({ agent: false, host, port, path, ca: mount('ca.crt'),
  headers: { authorization: 'Bearer ' + mount('token') } }, (answer) => done(answer.resume().statusCode)).end());
const at = '/api/v1/namespaces/' + mount('namespace');
Promise.all([ask(at + '/configmaps/settings'), ask(at + '/secrets/key')]).then((codes) => console.log(...codes));
`;

const REPORT = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'report', namespace: 'shop' },
  spec: {
    serviceAccountName: 'reader',
    restartPolicy: 'Never',
    securityContext: { runAsUser: 65532, runAsNonRoot: true },
    initContainers: [
      {
        name: 'before',
        image: 'machine',
        command: ['sh', '-c', 'mkdir -m 777 /var/arena/output/out'],
        securityContext: { runAsUser: 0, runAsNonRoot: false },
        volumeMounts: [{ name: 'out', mountPath: '/var/arena/output' }],
      },
    ],
    containers: [
      {
        name: 'main',
        image: 'registry.example/tools/machine:1.2@sha256:00',
        command: ['sh', '-c'],
        args: [
          'exec > out/words; echo "$POD in $(NAMESPACE)"; echo "plain=$PLAIN"; echo "from secret=$KEY"; echo "prefixed=$S_colour"; echo "file=$(cat /config/a/b)"; id -u; node -e "$ASK"',
        ],
        workingDir: '/var/arena/output',
        env: [
          { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          { name: 'NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
          { name: 'PLAIN', value: 'p' },
          { name: 'KEY', valueFrom: { secretKeyRef: { name: 'key', key: 'key' } } },
          { name: 'ASK', value: ASK },
        ],
        envFrom: [{ prefix: 'S_', configMapRef: { name: 'settings' } }],
        volumeMounts: [
          { name: 'out', mountPath: '/var/arena/output' },
          { name: 'config', mountPath: '/config', readOnly: true },
        ],
        securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
      },
    ],
    volumes: [
      { name: 'out', persistentVolumeClaim: { claimName: 'out' } },
      { name: 'config', configMap: { name: 'settings', items: [{ key: 'colour', path: 'a/b' }] } },
    ],
  },
});

const podYaml = (name: string, script: string, more: string, spec = 'restartPolicy: Never') => `
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: shop }
spec:
  ${spec}
  ${spec.startsWith('restart') ? '' : 'restartPolicy: Never'}
  containers:
    - name: main
      image: machine
      command: [sh, -c, ${JSON.stringify(script)}]
      ${more}
`;

const SERVE = `require('node:http').createServer((_, answer) => answer.end('hello of ' + process.env.HOSTNAME)).listen(process.env.PORT)`;

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  replicas: 2
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      containers:
        - name: main
          image: machine
          command: [node, -e, ${JSON.stringify(SERVE)}]
          env: [{ name: PORT, value: "8080" }]
          ports: [{ name: http, containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: http } }
`;
