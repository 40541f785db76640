/** `arena controller` as a process: when it starts, who leads, what it serves, and how often it asks the API server. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { extract } from 'tar-stream';
import { packFiles } from '../../src/bundle/pack.js';
import { freePorts } from '../../src/local/ports.js';
import { ArenaUser, type RunningCommand } from '../helpers/arena-command.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';
import { TemporalServer } from '../helpers/temporal-server.js';
import { waitFor } from '../helpers/wait-for.js';

const ACCOUNT = 'arena-system/arena-controller';
const FILES = { 'config.arena.yaml': 'kind: Arena\n', [`prompts/${'long-'.repeat(30)}ä.yaml`]: 'kind: PromptConfig\n' };

let plane: ControlPlane;
let temporal: TemporalServer;
let folder: string;
let kubeconfig: string;
const user = new ArenaUser();
const running: RunningCommand[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'arena-controller-'));
  [plane, temporal] = await Promise.all([ControlPlane.start(), TemporalServer.start(folder)]);
  const base = (name: string) => readFileSync(`k8s/manifests/base/${name}.yaml`, 'utf8');
  await plane.apply(base('namespace'));
  const accounts = await plane.kubectl([
    'apply',
    '-n',
    'arena-system',
    '-f',
    'k8s/manifests/base/service-accounts.yaml',
  ]);
  expect(accounts.stderr).toBe('');
  const roles = await plane.kubectl(['apply', '-f', '-'], {
    // The overlay puts what has no namespace into this one.
    stdin: base('controller-role').replaceAll(
      /(kind: Role(?:Binding)?\nmetadata:\n)/g,
      '$1  namespace: arena-system\n',
    ),
  });
  expect(roles.stderr).toBe('');
  kubeconfig = await plane.kubeconfigOf(ACCOUNT);
});

afterAll(async () => {
  for (const command of running) command.signal('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  await user.remove();
  await temporal.kill();
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Started {
  command: RunningCommand;
  get(path: string, headers?: { [name: string]: string }): Promise<Response>;
  figure(line: RegExp): Promise<number>;
}

async function start(env: { [name: string]: string } = {}): Promise<Started> {
  const [port = 0] = await freePorts(1);
  const args = ['controller', '--kubeconfig', kubeconfig, '--port', String(port)];
  const command = user.start(args, { TEMPORAL_ADDRESS: temporal.address, ...env });
  running.push(command);
  const get = (path: string, headers = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
  const figure = async (line: RegExp): Promise<number> => Number(line.exec(await (await get('/metrics')).text())?.[1]);
  return { command, get, figure };
}

/** Processes of the command take seconds to start where many do so. */
const START_MS = 60_000;

async function ready({ get, command }: Started): Promise<void> {
  let last = '';
  const look = async (): Promise<true | undefined> => {
    const answer = await get('/readyz').catch(() => undefined);
    last = (await answer?.text()) ?? '';
    return answer?.status === 200 ? true : undefined;
  };
  await waitFor('a controller that is ready', look, START_MS).catch(() => {
    throw new Error(`the controller does not get ready: ${last}\n${command.stderr}`);
  });
}

const leads = async ({ figure }: Started): Promise<boolean> => (await figure(/^arena_controller_leader (\d)/m)) === 1;

describe('a cluster in which the controller may not work', () => {
  test('one without the CRDs is told of with the command that brings them', async () => {
    const { command } = await start();
    const { code, stderr } = await command.ended;
    expect([code, stderr.includes('arenajobs.omnia.altairalabs.ai'), stderr.includes('at async')]).toEqual([
      2,
      true,
      false,
    ]);
    expect(stderr).toMatch(/next {5}install the CRDs: kubectl apply --server-side -k \S+/);
  });

  test('one with Omnia’s own arena controller is left alone, until that is scaled down', async () => {
    const crds = await plane.kubectl(['apply', '--server-side', '-k', 'k8s/manifests/crds']);
    expect(crds.code).toBe(0);
    const labels = { app: 'omnia' };
    const containers = [{ name: 'manager', image: 'ghcr.io/altairalabs/omnia-arena-controller:0.9.0' }];
    const deployments = '/apis/apps/v1/namespaces/default/deployments';
    await plane.admin.create(deployments, {
      metadata: { name: 'theirs' },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers } },
      },
    });
    const refused = await start();
    const { code, stderr } = await refused.command.ended;
    expect([code, stderr]).toEqual([2, expect.stringContaining('Deployment default/theirs')]);
    await plane.admin.patch(`${deployments}/theirs`, { spec: { replicas: 0 } });
    const allowed = await start();
    await ready(allowed);
    allowed.command.signal('SIGTERM');
    expect((await allowed.command.ended).code).toBe(0);
  });
});

describe('probes', () => {
  test('it is alive but not ready while Temporal cannot be reached, says so once, and gets ready with it', async () => {
    const [port = 0] = await freePorts(1);
    const controller = await start({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
    await controller.command.says(/Temporal at 127\.0\.0\.1:\d+, namespace default, cannot be reached/);
    const probe = await waitFor('its word', async () => {
      // Temporal is looked for before the probes are served.
      const answer = await controller.get('/readyz').catch(() => undefined);
      const text = (await answer?.text()) ?? '';
      return text.includes('Temporal at') && !text.includes('not listed') ? text : undefined;
    });
    expect(probe.trim().split('\n')).toHaveLength(1);
    expect((await controller.get('/healthz')).status).toBe(200);
    controller.command.signal('SIGTERM');
    const { code, stderr } = await controller.command.ended;
    expect([code, stderr.match(/cannot be reached/g)?.length]).toEqual([0, 1]);
  });
});

describe('two controllers', () => {
  test('one leads; the other takes over soon after its death, and at once after its end', async () => {
    const first = await start();
    await ready(first);
    await waitFor('a leader', async () => ((await leads(first)) ? true : undefined));
    const second = await start();
    await ready(second);
    expect(await leads(second)).toBe(false);
    const died = Date.now();
    first.command.signal('SIGKILL');
    await waitFor('the second to lead', async () => ((await leads(second)) ? true : undefined));
    expect(Date.now() - died).toBeLessThan(8_000);
    const third = await start();
    await ready(third);
    expect(await leads(third)).toBe(false);
    second.command.signal('SIGTERM');
    expect((await second.command.ended).code).toBe(0);
    const ended = Date.now();
    await waitFor('the third to lead', async () => ((await leads(third)) ? true : undefined));
    expect(Date.now() - ended).toBeLessThan(4_000);
    third.command.signal('SIGTERM');
    await third.command.ended;
  });
});

describe('artifacts', () => {
  const pack = packFiles({
    arenaFile: 'config.arena.yaml',
    files: new Map(Object.entries(FILES).map(([path, text]) => [path, Buffer.from(text)])),
  });
  const digest = createHash('sha256').update(pack).digest('hex');
  let controller: Started;
  let path: string;
  let token: string;

  beforeAll(async () => {
    mkdirSync(join(user.dataDir, 'store/artifacts'), { recursive: true });
    writeFileSync(join(user.dataDir, 'store/artifacts', digest), pack);
    await plane.apply(ARTIFACTS);
    const artifact = { revision: '7', digest: `sha256:${digest}`, lastUpdateTime: '2026-01-01T00:00:00Z' };
    const of = (name: string) => `/apis/omnia.altairalabs.ai/v1alpha1/namespaces/shop/arenasources/${name}/status`;
    await plane.admin.patch(of('prompts'), { status: { artifact } });
    await plane.admin.patch(of('others'), {
      status: { artifact: { ...artifact, digest: `sha256:${'0'.repeat(64)}` } },
    });
    controller = await start();
    await ready(controller);
    path = `/artifacts/shop/prompts/${digest}`;
    token = await plane.tokenOf('shop/reader');
  });

  const bearer = (of: string) => ({ authorization: `Bearer ${of}` });

  test('who may get the source gets the pack, and the same files as an archive', async () => {
    const whole = await controller.get(path, bearer(token));
    const bytes = Buffer.from(await whole.arrayBuffer());
    expect([whole.status, createHash('sha256').update(bytes).digest('hex')]).toEqual([200, digest]);
    const archive = await controller.get(`${path}.tar.gz`, bearer(token));
    expect(await untarred(Buffer.from(await archive.arrayBuffer()))).toEqual(FILES);
    const again = await controller.get(path, { ...bearer(token), 'if-none-match': whole.headers.get('etag') ?? '' });
    expect(again.status).toBe(304);
  });

  test('nobody else gets anything', async () => {
    const stranger = await plane.tokenOf('shop/stranger');
    const answers = await Promise.all([
      controller.get(path),
      controller.get(path, { authorization: 'Basic cmVhZGVyOng=' }),
      controller.get(path, bearer('made-up')),
      controller.get(path, bearer(stranger)),
      // May get this source, which has other artifacts.
      controller.get(path.replace('prompts', 'others'), bearer(token)),
      controller.get(path.replace('prompts', 'missing'), bearer(token)),
      controller.get(path.replace('shop', '..%2fshop'), bearer(token)),
      controller.get(`/artifacts/shop/prompts/../../../../etc/passwd`, bearer(token)),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 403, 404, 403, 403, 404]);
  });

  test('a flood of downloads asks the API server about one account but once in a while', async () => {
    const before = plane.requests({ verb: 'create', resource: 'tokenreviews' }).length;
    await controller.get(path, bearer(token));
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => controller.get(`${path}.tar.gz`, bearer(token))),
    );
    for (const answer of answers) expect([200, 503]).toContain(answer.status);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    expect(plane.requests({ verb: 'create', resource: 'tokenreviews' }).length - before).toBeLessThanOrEqual(2);
  });
});

async function untarred(archive: Buffer): Promise<{ [path: string]: string }> {
  const found: { [path: string]: string } = {};
  const files = extract();
  files.end(gunzipSync(archive));
  for await (const entry of files) {
    const pieces: Buffer[] = [];
    for await (const piece of entry) pieces.push(piece as Buffer);
    found[entry.header.name] = Buffer.concat(pieces).toString('utf8');
  }
  return found;
}

const ARTIFACTS = `
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: shop }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: stranger, namespace: shop }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: reader, namespace: shop }
rules: [{ apiGroups: [omnia.altairalabs.ai], resources: [arenasources], resourceNames: [prompts, others], verbs: [get] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader, namespace: shop }
subjects: [{ kind: ServiceAccount, name: reader, namespace: shop }]
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
---
apiVersion: omnia.altairalabs.ai/v1alpha1
kind: ArenaSource
metadata: { name: prompts, namespace: shop }
spec: { type: configmap, interval: 1h, suspend: true, configMap: { name: prompts } }
---
apiVersion: omnia.altairalabs.ai/v1alpha1
kind: ArenaSource
metadata: { name: others, namespace: shop }
spec: { type: configmap, interval: 1h, suspend: true, configMap: { name: others } }
`;
