import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { KubeAccess } from '../../k8s/controller/kube-access.js';
import { AccountFolder } from '../../k8s/local/account-folder.js';
import { ApiClient } from '../../src/io/cluster/api-client.js';
import { selfSigned } from '../helpers/self-signed.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the way of workers outside a cluster to its API server', () => {
  const authority = selfSigned();
  const person = selfSigned();
  let folder: string;
  let server: Server;
  let url: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'arena-account-'));
    // Tells who asks.
    const options = { ...authority, requestCert: true, rejectUnauthorized: false };
    server = createServer(options, (request, response) => {
      const { raw } = (request.socket as TLSSocket).getPeerCertificate();
      response.end(
        JSON.stringify([request.headers.authorization ?? '', raw === undefined ? '' : raw.toString('base64')]),
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(user: object, cluster: object = {}): KubeAccess {
    const ca = { 'certificate-authority-data': base64(authority.cert) };
    const config = {
      clusters: [{ name: 'c', cluster: { server: url, ...ca, ...cluster } }],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', namespace: 'team-a' } }],
      'current-context': 'x',
    };
    const kubeconfig = join(folder, 'kubeconfig');
    writeFileSync(kubeconfig, JSON.stringify(config));
    return KubeAccess.open({ env: {}, kubeconfig });
  }

  async function whoAsks(user: object): Promise<string[]> {
    const account = await AccountFolder.make(open(user), join(folder, 'account'), () => undefined);
    const { env } = account;
    const client = new ApiClient({ env, folder: env.ARENA_SERVICE_ACCOUNT_DIR });
    expect(client.namespace('the namespace')).toBe('team-a');
    const { text } = await client.get(['version'], 'the version');
    for (const name of readdirSync(join(folder, 'account'))) {
      expect(statSync(join(folder, 'account', name)).mode & 0o077).toBe(0);
    }
    await account.remove();
    expect(existsSync(join(folder, 'account'))).toBe(false);
    return JSON.parse(text);
  }

  test('is that of a kubeconfig with a token', async () => {
    expect(await whoAsks({ token: 'mine' })).toEqual(['Bearer mine', '']);
  });

  test('is that of a kubeconfig with a client certificate', async () => {
    const user = { 'client-certificate-data': base64(person.cert), 'client-key-data': base64(person.key) };
    const der = person.cert.replace(/-----[^-]+-----|\s/g, '');
    expect(await whoAsks(user)).toEqual(['', der]);
  });

  test('is that of a kubeconfig with a program that hands out tokens', async () => {
    const credential = {
      apiVersion: 'client.authentication.k8s.io/v1',
      kind: 'ExecCredential',
      status: { token: 'fresh' },
    };
    const exec = {
      apiVersion: 'client.authentication.k8s.io/v1',
      command: process.execPath,
      args: ['-e', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
      interactiveMode: 'Never',
    };
    expect(await whoAsks({ exec })).toEqual(['Bearer fresh', '']);
  });

  test.each([
    ['plain http', { token: 't' }, { server: 'http://127.0.0.1:8001' }, 'is no https'],
    ['a path', { token: 't' }, { server: 'https://rancher/k8s/clusters/c1' }, 'has a path'],
    ['no check', { token: 't' }, { 'insecure-skip-tls-verify': true }, 'is not checked'],
    ['another name', { token: 't' }, { 'tls-server-name': 'kube' }, 'another name'],
    ['nobody', {}, {}, 'neither a token nor a client certificate'],
  ])('is refused for %s', async (_, user, cluster, why) => {
    const made = AccountFolder.make(open(user, cluster), join(folder, 'account'), () => undefined);
    await expect(made).rejects.toThrow(why);
  });
});
