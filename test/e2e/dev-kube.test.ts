import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ArenaUser } from '../helpers/arena-command.js';
import { ControlPlane } from '../helpers/kube/control-plane.js';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

describe('arena dev --kube', () => {
  const user = new ArenaUser();
  let plane: ControlPlane;
  let kubeconfig: string[];

  beforeAll(async () => {
    plane = await ControlPlane.start();
    kubeconfig = ['--kubeconfig', plane.kubeconfig()];
  }, 120_000);
  afterAll(async () => {
    await user.remove();
    await plane?.stop();
  });

  test('says what a cluster lacks before it starts anything', async () => {
    expect(await user.arena(['dev', '--kube', ...kubeconfig])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/does not know ArenaSource[\s\S]*--install-crds/),
    });
    expect(await user.arena(['dev', ...kubeconfig])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--kube'),
    });
    expect(await user.arena(['dev', '--kube', ...kubeconfig, '--context', 'other'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('other'),
    });
    expect(user.processes().size).toBe(0);
  }, 120_000);

  test('runs a job as the README tells, and leaves nothing but definitions and objects there', async () => {
    const kubectl = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await plane.kubectl(args);
      expect([args.join(' '), code, stderr]).toEqual([args.join(' '), 0, '']);
      return stdout;
    };
    const dev = user.start(['dev', '--kube', '--install-crds', ...kubeconfig]);
    await dev.says(/installed arenaconfigs/);
    const [, ui = ''] = await dev.says(/^ui +(http:\S+)/m);
    await dev.says(/stays up until Ctrl-C/);
    await kubectl('apply', '-f', 'examples/kubernetes/first-job.yaml');
    await kubectl('wait', '--for=condition=Finished', 'arenajob/greetings', '--timeout=90s');
    expect(await kubectl('get', 'arena')).toMatch(
      /arenajob\S*\/greetings +evaluation +Succeeded +2\/2 [\s\S]*arenasource/,
    );
    const { status } = JSON.parse(await kubectl('get', 'arenajob', 'greetings', '-o', 'json')) as {
      status: { run: string; result: { url: string } };
    };
    // What is told where to look leads there: to the reports of the run, and to a UI that answers.
    expect(status.result.url).toBe(join(user.dataDir, 'store/runs', status.run, 'report'));
    expect(readFileSync(join(status.result.url, 'junit.xml'), 'utf8')).toMatch(/tests="2"[^>]*failures="0"/);
    expect((await fetch(ui)).status).toBe(200);
    dev.signal('SIGINT');
    const { code } = await dev.ended;
    expect(code).toBe(0);
    await user.nothingRuns();
    const leases = await plane.admin.get<{ items: object[] }>('/apis/coordination.k8s.io/v1/namespaces/default/leases');
    expect(leases.items).toEqual([]);
    const [{ user: who }] = JSON.parse(readFileSync(kubeconfig[1] ?? '', 'utf8')).users;
    expect(user.stored().join('\n')).not.toContain(who.token);
    const { items } = await plane.admin.get<{ items: { metadata: { name: string } }[] }>(DEFINITIONS);
    expect(items.map(({ metadata }) => metadata.name.split('.')[0])).toEqual([
      'agentruntimes',
      'arenaconfigs',
      'arenajobs',
      'arenasources',
      'providers',
      'toolregistries',
    ]);
    expect(existsSync(join(user.dataDir, 'dev', 'dev-controller.log'))).toBe(true);
  }, 120_000);

  test('refuses to work beside an Arena that is installed', async () => {
    await plane.apply(`apiVersion: apps/v1
kind: Deployment
metadata: { name: arena-controller, namespace: default, labels: { app.kubernetes.io/name: arena-controller } }
spec:
  selector: { matchLabels: { a: b } }
  template: { metadata: { labels: { a: b } }, spec: { containers: [{ name: c, image: arena }] } }
`);
    expect(await user.arena(['dev', '--kube', ...kubeconfig])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/default\/arena-controller[\s\S]*--replicas 0/),
    });
  }, 120_000);
});
