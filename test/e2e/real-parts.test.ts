/** The servers of other projects that tests lean on, each tried alone: what is wrong with them shows here first. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ssh2 from 'ssh2';
import { fluxArtifact, imageOf, orasArtifact, pushArtifact, pushIndex } from '../helpers/kube/artifacts.js';
import { ClosedRegistry } from '../helpers/kube/closed-registry.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';
import { part } from '../helpers/kube/part.js';
import { Postgres } from '../helpers/kube/postgres.js';
import { S3Server } from '../helpers/kube/s3.js';
import { selfSigned } from '../helpers/self-signed.js';
import { GitHttpServer } from '../helpers/sources/git-http.js';
import { GitRepository } from '../helpers/sources/git-repository.js';
import { GitSshServer } from '../helpers/sources/git-ssh.js';

const run = promisify(execFile);

describe('a control plane', () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await ControlPlane.start();
    await plane.apply(ROLE);
  });
  afterAll(() => plane.stop());

  test('answers kubectl of the administrator', async () => {
    const { code, stdout } = await plane.kubectl(['get', 'namespaces', '-o', 'name']);
    expect([code, stdout.split('\n')]).toEqual([0, expect.arrayContaining(['namespace/default', 'namespace/shop'])]);
  });

  test('lets a service account do what its role allows, and no more', async () => {
    const allowed = await plane.kubectl(['get', 'configmaps', '-n', 'shop'], { as: 'shop/reader' });
    const refused = await plane.kubectl(['get', 'secrets', '-n', 'shop'], { as: 'shop/reader' });
    expect([allowed.code, refused.code]).toEqual([0, 1]);
    expect(refused.stderr).toContain('cannot list resource "secrets"');
  });

  test('keeps its data, address and tokens over a restart of the API server', async () => {
    const client = await plane.clientOf('shop/reader');
    await plane.stopApiServer();
    await expect(plane.admin.get('/api/v1/namespaces/shop')).rejects.toThrow('ECONNREFUSED');
    await plane.startApiServer();
    expect((await client.request('GET', '/api/v1/namespaces/shop/configmaps')).status).toBe(200);
    await client.close();
  });

  test('tells which requests it got', async () => {
    const client = await plane.clientOf('shop/reader');
    const before = plane.requests({ verb: 'get', resource: 'configmaps' }).length;
    for (const name of ['a', 'b']) await client.request('GET', `/api/v1/namespaces/shop/configmaps/${name}`);
    await client.close();
    const seen = plane.requests({ verb: 'get', resource: 'configmaps' }).slice(before);
    expect(seen.map(({ user, name, status }) => [user, name, status])).toEqual([
      ['system:serviceaccount:shop:reader', 'a', 404],
      ['system:serviceaccount:shop:reader', 'b', 404],
    ]);
  });
});

test('an S3 server keeps what it was given over a restart, and refuses who shows no key', async () => {
  const server = await S3Server.start('results');
  try {
    await server.put('a/b.txt', 'kept');
    await server.stopServer();
    await server.startServer();
    expect([await server.keys('a/'), await server.text('a/b.txt')]).toEqual([['a/b.txt'], 'kept']);
    expect((await fetch(`${server.endpoint}/results/a/b.txt`)).status).toBe(403);
  } finally {
    await server.stop();
  }
});

describe('a registry', () => {
  const manifest = (registry: ClosedRegistry, path: string, headers: { [name: string]: string } = {}) =>
    fetch(`http://${registry.address}/v2/${path}`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json', ...headers },
    });

  test('that asks for a password takes artifacts of all makers, and serves only who has it', async () => {
    const registry = await ClosedRegistry.start('basic');
    try {
      const files = { 'a/b.txt': 'text' };
      const digest = await pushArtifact(registry, 'evals/shop', 'flux', await fluxArtifact(files));
      await pushArtifact(registry, 'evals/shop', 'oras', orasArtifact(files));
      await pushIndex(registry, 'evals/shop', 'image', { 'linux/amd64': await imageOf(files, { c: 'more' }) });
      const shown = registry.authorization('evals/shop');
      const tags = await (await manifest(registry, 'evals/shop/tags/list', shown)).json();
      expect(tags).toMatchObject({ tags: expect.arrayContaining(['flux', 'oras', 'image']) });
      const answers = [
        await manifest(registry, 'evals/shop/manifests/flux'),
        await manifest(registry, 'evals/shop/manifests/flux', shown),
      ];
      expect(answers.map(({ status }) => status)).toEqual([401, 200]);
      expect(answers[1]?.headers.get('docker-content-digest')).toBe(digest);
      expect(registry.requests().at(-1)).toBe('GET /v2/evals/shop/manifests/flux 200');
    } finally {
      await registry.stop();
    }
  });

  test('that asks for a token says where one is given, and takes it', async () => {
    const registry = await ClosedRegistry.start('token');
    try {
      await pushArtifact(registry, 'evals', 'v1', orasArtifact({ a: 'b' }));
      const refused = await manifest(registry, 'evals/manifests/v1');
      const challenge = refused.headers.get('www-authenticate') ?? '';
      const [, realm, service, scope] = /^Bearer realm="(.+?)",service="(.+?)",scope="(.+?)"$/.exec(challenge) ?? [];
      const authorization = `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString('base64')}`;
      const ask = async (headers: { [name: string]: string }) => {
        const answer = await fetch(`${realm}?service=${service}&scope=${scope}`, { headers });
        const { token } = (await answer.json()) as { token: string };
        return (await manifest(registry, 'evals/manifests/v1', { authorization: `Bearer ${token}` })).status;
      };
      expect([await ask({}), await ask({ authorization })]).toEqual([401, 200]);
      registry.open.add('evals');
      expect([await ask({}), registry.tokensGiven]).toEqual([200, 3]);
    } finally {
      await registry.stop();
    }
  });
});

describe('a git server', () => {
  const repository = new GitRepository();
  const commit = repository.commit({ 'a/b.txt': 'text' });
  afterAll(() => repository.remove());

  const lsRemote = (url: string, env: { [name: string]: string } = {}) => {
    const { PATH } = process.env;
    const settings = { PATH, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', HOME: '/nowhere', ...env };
    return run('git', ['ls-remote', url, 'main'], { env: settings }).then(
      ({ stdout }) => stdout.split('\t')[0],
      ({ stderr }: { stderr: string }) => stderr,
    );
  };

  test('over HTTPS serves who trusts its authority and shows the password', async () => {
    const tls = selfSigned();
    const user = { name: 'x', password: 'secret' };
    const server = await GitHttpServer.start({ root: repository.folder, user, tls });
    const folder = mkdtempSync(join(tmpdir(), 'arena-ca-'));
    try {
      writeFileSync(join(folder, 'ca.crt'), tls.cert);
      const trust = { GIT_SSL_CAINFO: join(folder, 'ca.crt') };
      const url = `${server.origin}/prompts.git`;
      expect(await lsRemote(url)).toContain('certificate');
      expect(await lsRemote(url, trust)).toContain('could not read Username');
      expect(await lsRemote(url.replace('//', '//x:secret@'), trust)).toBe(commit);
      expect([server.asked.length > 0, server.downloads]).toEqual([true, 0]);
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test('over SSH serves the one key, to who knows the host', async () => {
    const server = await GitSshServer.start({ root: repository.folder });
    const folder = mkdtempSync(join(tmpdir(), 'arena-ssh-'));
    try {
      const file = (name: string, text: string) => {
        writeFileSync(join(folder, name), text, { mode: 0o600 });
        return join(folder, name);
      };
      const ssh = (key: string, hosts: string) =>
        `ssh -F none -i ${file('key', key)} -o IdentitiesOnly=yes -o BatchMode=yes -o UserKnownHostsFile=${file('hosts', hosts)}`;
      const ask = (key: string, hosts: string) =>
        lsRemote(`${server.origin}/prompts.git`, { GIT_SSH_COMMAND: ssh(key, hosts) });
      expect(await ask(server.identity, server.knownHosts)).toBe(commit);
      expect(await ask(ssh2.utils.generateKeyPairSync('ed25519').private, server.knownHosts)).toContain(
        'Permission denied',
      );
      expect(await ask(server.identity, server.wrongHosts)).toContain('Host key verification failed');
      expect(server.asked).toEqual([`git-upload-pack '/prompts.git'`]);
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true });
    }
  });
});

test('PostgreSQL runs, also where the tests run as root', async () => {
  const postgres = await Postgres.start();
  const owner = readFileSync(`/proc/${postgres.pid}/status`, 'utf8').match(/^Uid:\s+(\d+)/m)?.[1];
  await postgres.stop();
  expect(owner).not.toBe('0');
});

test('helm is of the major version that charts are written for', async () => {
  expect((await run(part('helm'), ['version', '--short'])).stdout).toMatch(/^v3\./);
});

const ROLE = `
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
rules: [{ apiGroups: [""], resources: [configmaps], verbs: [get, list, watch] }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: reader, namespace: shop }
subjects: [{ kind: ServiceAccount, name: reader, namespace: shop }]
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
`;
