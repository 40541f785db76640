/** The manifests of examples/kubernetes as a user tries them: by kubectl alone, on the shipped installation. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { parseAllDocuments } from 'yaml';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { ArenaJobStatus } from '../../src/schema/cluster/arena-job-status.js';
import { ArenaUser } from '../helpers/arena-command.js';
import type { KubeObject } from '../helpers/kube/api-client.js';
import { ArenaInCluster } from '../helpers/kube/arena-in-cluster.js';
import { Kubelet } from '../helpers/kube/kubelet.js';
import { S3Server } from '../helpers/kube/s3.js';
import { waitFor } from '../helpers/wait-for.js';

const NS = 'team-a';
/** Of the same examples with a fault in them. */
const OTHER = 'team-b';
const STORE = 'store';

let s3: S3Server;
let arena: ArenaInCluster;
let kubelet: Kubelet;
let connection: Connection;
const user = new ArenaUser();

const example = (name: string): string => readFileSync(`examples/kubernetes/${name}.yaml`, 'utf8');

/** What kubectl says; fails with its words. */
async function kubectl(line: string, { stdin = '', ns = NS } = {}): Promise<string> {
  const { code, stdout, stderr } = await arena.plane.kubectl(['-n', ns, ...line.split(' ')], { stdin });
  if (code !== 0) throw new Error(`kubectl ${line}: ${stderr}`);
  return stdout;
}

async function finished(name: string, ns = NS): Promise<ArenaJobStatus> {
  try {
    await kubectl(`wait --for=condition=Finished arenajob/${name} --timeout=90s`, { ns });
  } catch (error) {
    throw new Error(`${String(error)}\n${JSON.stringify(await statusOf(name, ns), null, 1)}`);
  }
  return statusOf(name, ns);
}

async function statusOf(name: string, ns = NS): Promise<ArenaJobStatus> {
  const { status } = JSON.parse(await kubectl(`get arenajob ${name} -o json`, { ns })) as { status: ArenaJobStatus };
  return status;
}

/** Cells of the row of a job, the age left out. */
async function row(name: string, options = ''): Promise<{ [column: string]: string | undefined }> {
  const lines = (await kubectl(`get aj ${name}${options}`)).trimEnd().split('\n');
  // Cells begin where the titles do; an empty one is no cell for who splits at spaces.
  const [head = '', cells = ''] = lines;
  const titles = [...head.matchAll(/\S+/g)];
  const found = titles.map(({ 0: title, index }, at) => [title, cells.slice(index, titles[at + 1]?.index).trim()]);
  const { AGE: _, ...others } = Object.fromEntries(found) as { [column: string]: string };
  return others;
}

async function reasonsOf(name: string, ns = NS): Promise<string[]> {
  const fields = `involvedObject.name=${name},involvedObject.kind=ArenaJob`;
  const list = JSON.parse(await kubectl(`get events --field-selector ${fields} -o json`, { ns }));
  return (list.items as { reason: string }[]).map(({ reason }) => reason);
}

async function schedules(): Promise<string[]> {
  const ids: string[] = [];
  for await (const { scheduleId } of new Client({ connection }).schedule.list()) ids.push(scheduleId);
  return ids;
}

async function openWorkflows(): Promise<string[]> {
  const ids: string[] = [];
  const query = "ExecutionStatus = 'Running' AND WorkflowType = 'arenaJob'";
  for await (const { workflowId } of new Client({ connection }).workflow.list({ query })) ids.push(workflowId);
  return ids;
}

/** Records of a run in the bucket, below the address that a status tells. */
async function recordsAt(url = ''): Promise<ConversationRecord[]> {
  const prefix = `s3://${s3.bucket}/`;
  expect(url.startsWith(prefix)).toBe(true);
  const text = await s3.text(`${url.slice(prefix.length).replace(/\/$/, '')}/results.jsonl`);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ConversationRecord);
}

/** A record without what time makes of it. */
function timeless({ timing: _, ...record }: ConversationRecord): object {
  return { ...record, messages: record.messages.map(({ latencyMs: _ms, ttftMs: _first, ...message }) => message) };
}

beforeAll(async () => {
  s3 = await S3Server.start('arena-results');
  arena = await ArenaInCluster.start([NS, OTHER], {
    ...{ ARENA_STORE: `s3://${s3.bucket}/${STORE}`, ARENA_S3_ENDPOINT: s3.endpoint, ...s3.env },
    ARENA_WORKER_IMAGE: 'arena:test',
  });
  await arena.plane.startControllerManager();
  kubelet = await Kubelet.start(arena.plane, { namespace: NS });
  connection = await Connection.connect({ address: arena.temporal.address });
  const { accessKeyId, secretAccessKey } = s3;
  const keys = `--from-literal=AWS_ACCESS_KEY_ID=${accessKeyId} --from-literal=AWS_SECRET_ACCESS_KEY=${secretAccessKey}`;
  for (const name of ['arena-store', 'results-bucket']) await kubectl(`create secret generic ${name} ${keys}`);
}, 180_000);

afterAll(async () => {
  await connection?.close();
  await kubelet?.stop();
  await arena?.stop();
  await s3?.stop();
  await user.remove();
}, 120_000);

describe('first-job.yaml', () => {
  test('runs to its end, and tells by kubectl what it comes to', async () => {
    await kubectl('apply -f examples/kubernetes/first-job.yaml');
    const status = await finished('greetings');
    expect(status.phase).toBe('Succeeded');
    expect(await row('greetings')).toEqual({
      NAME: 'greetings',
      TYPE: 'evaluation',
      PHASE: 'Succeeded',
      PROGRESS: '2/2',
      PASSED: '2',
      FAILED: '0',
      COST: status.cost ?? '',
    });
    const wide = await row('greetings', ' -o wide');
    expect(wide).toMatchObject({ SOURCE: 'greetings', WORKERS: '0', WORKFLOW: status.run, 'NEXT-RUN': '' });
    expect(wide.MESSAGE).not.toBe('');
    const { metadata } = JSON.parse(await kubectl('get configmap greetings-bundle -o json'));
    expect(wide.REVISION).toBe(metadata.resourceVersion);
    expect(await kubectl('get arena')).toMatch(/arenajob\S*\/greetings [\s\S]*arenasource\S*\/greetings /);
    expect(await reasonsOf('greetings')).toEqual(['JobStarted', 'JobSucceeded']);
  }, 120_000);

  test('has the results that the command line has of the same bundle', async () => {
    const [bundle] = parseAllDocuments(example('first-job')).map((one) => one.toJSON());
    const entries = Object.entries(bundle.data as { [key: string]: string });
    user.write(Object.fromEntries(entries.map(([key, text]) => [`bundle/${key.replaceAll('__', '/')}`, text])));
    expect(await user.arena(['run', 'bundle'])).toMatchObject({ code: 0 });
    const { result, run } = await statusOf('greetings');
    expect(result?.url).toBe(`s3://${s3.bucket}/${STORE}/runs/${run}/report`);
    const told = (await recordsAt(result?.url)).map(timeless);
    expect(told).toHaveLength(2);
    expect(told).toEqual(user.results().map(timeless));
    const files = (await s3.keys(`${STORE}/runs/${run}/report/`)).map((key) => key.split('/report/')[1]);
    expect(files).toEqual(expect.arrayContaining(['junit.xml', 'report.html', 'results.jsonl']));
    expect(await s3.text(`${STORE}/runs/${run}/report/junit.xml`)).toMatch(/tests="2"[^>]*failures="0"/);
  }, 120_000);
});

test('config-job.yaml runs what the config selects, by the Provider of the cluster, three times', async () => {
  await kubectl('apply -f examples/kubernetes/config-job.yaml');
  const { phase, progress, source, result } = await finished('greetings-by-config');
  expect([phase, progress?.text, source?.kind]).toEqual(['Succeeded', '3/3', 'ArenaConfig']);
  expect(await kubectl('get arenaconfig greetings-of-desk-model -o jsonpath={.status.phase}')).toBe('Ready');
  const records = await recordsAt(result?.url);
  expect(records.map(({ scenario, provider, trial }) => [scenario, provider, trial])).toEqual([
    ['good-morning', 'desk-model', 1],
    ['good-morning', 'desk-model', 2],
    ['good-morning', 'desk-model', 3],
  ]);
}, 120_000);

test('scheduled-job.yaml waits for the night in Berlin, and runs when its Schedule fires', async () => {
  await kubectl('apply -f examples/kubernetes/scheduled-job.yaml');
  await kubectl('wait --for=condition=Ready arenajob/greetings-nightly --timeout=60s');
  const next = new Date((await row('greetings-nightly', ' -o wide'))['NEXT-RUN'] ?? '');
  const berlin = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'medium' });
  expect([berlin.format(next), next > new Date()]).toEqual(['02:00:00', true]);
  expect(await row('greetings-nightly')).toMatchObject({ PHASE: 'Pending' });
  const { metadata }: KubeObject = JSON.parse(await kubectl('get arenajob greetings-nightly -o json'));
  const scheduleId = `arena-job/${NS}/greetings-nightly/${metadata.uid?.slice(0, 8)}`;
  expect(await schedules()).toContain(scheduleId);
  const patch = { triggerImmediately: {} };
  await connection.workflowService.patchSchedule({ namespace: 'default', scheduleId, patch });
  const status = await finished('greetings-nightly');
  expect(status).toMatchObject({ phase: 'Succeeded', lastScheduleTime: expect.any(String), progress: { text: '2/2' } });
  expect(new Date(status.nextScheduleTime ?? '')).toEqual(next);
  expect(await recordsAt(status.result?.url)).toHaveLength(2);
}, 120_000);

describe('s3-job.yaml', () => {
  /** As its comment says for a service other than AWS. */
  const manifest = (): string =>
    example('s3-job').replace('# endpoint: http://minio.storage:9000', `endpoint: ${s3.endpoint}`);
  const deployments = async (): Promise<number> => JSON.parse(await kubectl('get deployments -o json')).items.length;

  test('has three pods of its own while it runs, and its reports in the bucket', async () => {
    await kubectl('apply -f -', { stdin: manifest() });
    const replicas = await waitFor(
      'the Deployment',
      async () => (await kubectl('get deployments -o jsonpath={.items[*].spec.replicas}')) || undefined,
    );
    expect(replicas).toBe('3');
    const { phase, progress, result, run } = await finished('greetings-to-s3');
    expect([phase, progress?.text, result?.url]).toEqual(['Succeeded', '40/40', `s3://${s3.bucket}/greetings/${run}/`]);
    const files = (await s3.keys(`greetings/${run}/`)).map((key) => key.slice(`greetings/${run}/`.length));
    expect(files).toEqual(expect.arrayContaining(['junit.xml', 'results.csv', 'results.jsonl']));
    for (const file of files) {
      const stored = await s3.bytes(`${STORE}/runs/${run}/report/${file}`);
      expect((await s3.bytes(`greetings/${run}/${file}`)).equals(stored)).toBe(true);
    }
    const records = await recordsAt(result?.url);
    expect(new Set(records.map(({ id }) => id)).size).toBe(40);
    await waitFor('the end of the Deployment', async () => ((await deployments()) === 0 ? true : undefined));
    await waitFor('the end of its pods', () => (kubelet.running(NS).length === 0 ? true : undefined), 60_000);
  }, 180_000);

  test('that is deleted while it runs leaves no pods', async () => {
    await kubectl('delete arenajob greetings-to-s3');
    await kubectl('apply -f -', { stdin: manifest().replace('trials: 20', 'trials: 4000') });
    await waitFor('its pods', () => (kubelet.running(NS).length === 3 ? true : undefined), 60_000);
    await kubectl('delete arenajob greetings-to-s3 --timeout=80s');
    await waitFor('the end of the Deployment', async () => ((await deployments()) === 0 ? true : undefined), 60_000);
    await waitFor('the end of its pods', () => (kubelet.running(NS).length === 0 ? true : undefined), 60_000);
    expect(await openWorkflows()).toEqual([]);
  }, 240_000);
});

test('a job whose bundle is corrected runs only what failed again, when the annotation asks for it', async () => {
  const ns = OTHER;
  await kubectl('apply -f -', { ns, stdin: example('first-job').replace('until eight', 'until seven') });
  const first = await finished('greetings', ns);
  expect(first).toMatchObject({ phase: 'Failed', progress: { completed: 1, failed: 1, text: '2/2' } });
  const revision = first.source?.revision;
  await kubectl('apply -f examples/kubernetes/first-job.yaml', { ns });
  await kubectl('annotate arenasource greetings arena.dev/reconcile-at=now', { ns });
  await waitFor('the new revision', async () => {
    const now = await kubectl('get arenasource greetings -o jsonpath={.status.artifact.revision}', { ns });
    return now === revision ? undefined : true;
  });
  await kubectl('annotate arenajob greetings arena.dev/retry-failed=1', { ns });
  await kubectl('wait --for=jsonpath={.status.phase}=Succeeded arenajob/greetings --timeout=60s', { ns });
  const second = await statusOf('greetings', ns);
  expect(second).toMatchObject({ progress: { total: 2, completed: 2, failed: 0 }, lastHandledRetry: '1' });
  expect(second.run).toBe(first.run?.replace(/1$/, '2'));
  const records = await recordsAt(second.result?.url);
  expect(records.map(({ scenario, verdict, reused = false }) => [scenario, verdict, reused])).toEqual([
    ['good-morning', 'passed', true],
    ['opening-hours', 'passed', false],
  ]);
  expect(await reasonsOf('greetings', ns)).toEqual(
    expect.arrayContaining(['JobFailed', 'RetryScheduled', 'JobSucceeded']),
  );
}, 120_000);

test('what is deleted leaves no object, no Schedule and no run that goes on', async () => {
  expect(await schedules()).not.toEqual([]);
  for (const name of ['scheduled-job', 'config-job', 'first-job']) {
    await kubectl(`delete -f examples/kubernetes/${name}.yaml --timeout=60s`);
  }
  await kubectl('delete -f examples/kubernetes/first-job.yaml --timeout=60s', { ns: OTHER });
  for (const ns of [NS, OTHER]) expect(await kubectl('get arena,deployments,pods -o name', { ns })).toBe('');
  await waitFor('the end of the Schedules', async () => ((await schedules()).length === 0 ? true : undefined));
  expect(await openWorkflows()).toEqual([]);
}, 120_000);
