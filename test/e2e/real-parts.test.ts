/** The servers of other projects that tests lean on, each tried alone: what is wrong with them shows here first. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ControlPlane } from '../helpers/kube/control-plane.js';

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
