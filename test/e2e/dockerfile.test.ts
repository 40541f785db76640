import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePorts } from '../../src/local/ports.js';
import { environmentOf, reachesBuild, type Stage, stagesOf, textsOf } from '../helpers/dockerfile.js';
import { RootTrial } from '../helpers/root-trial.js';
import { TemporalServer } from '../helpers/temporal-server.js';
import { waitFor } from '../helpers/wait-for.js';

const dockerfile = readFileSync('Dockerfile', 'utf8');
const dockerignore = readFileSync('.dockerignore', 'utf8');
const [build, image] = stagesOf(dockerfile) as [Stage, Stage];
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).trim().split('\n');

describe('the Dockerfile', () => {
  test('has bases with a pinned tag, and ends as a user with a number who is not root', () => {
    for (const { base } of [build, image]) expect(base).toMatch(/^node:\d+\.\d+\.\d+-[a-z]+-slim$/);
    expect(textsOf(image, 'USER')).toEqual(['10001:10001']);
    expect(image.instructions.map(({ name }) => name).indexOf('USER')).toBeGreaterThan(
      image.instructions.map(({ name }) => name).lastIndexOf('RUN'),
    );
    expect(JSON.parse(textsOf(image, 'ENTRYPOINT')[0] ?? '')).toEqual(['arena']);
    expect(JSON.parse(textsOf(image, 'CMD')[0] ?? '')).toEqual(['worker']);
  });

  test.each([
    ['package-lock.json', true],
    ['src/worker.ts', true],
    ['scripts/build.mjs', true],
    ['examples/quickstart/config.arena.yaml', true],
    ['.env', false],
    ['examples/.env', false],
    ['examples/quickstart/.env.local', false],
    ['examples/record-and-evaluate/out/results.jsonl', false],
    ['.git/config', false],
    ['node_modules/zod/package.json', false],
    ['dist/src/worker.js', false],
    ['test/unit/config.test.ts', false],
  ])('takes %s into the build: %s', (file, reaches) => {
    expect(reachesBuild(file, dockerignore)).toBe(reaches);
  });
});

/**
 * No container engine: each stage is an empty folder laid over this machine's file system, in which the lines of the
 * Dockerfile run. Node and Debian packages are this machine's; of `npm ci` its outcome is taken, which the checkout has.
 */
describe('the image, line by line', () => {
  const folder = mkdtempSync(join(tmpdir(), 'arena-image-'));
  const stages = new Map<string | undefined, RootTrial>();
  const ran: string[] = [];

  beforeAll(async () => {
    for (const stage of [build, image]) {
      const trial = RootTrial.make(join(folder, stage.name ?? 'image'));
      stages.set(stage.name, trial);
      let workdir = '/';
      for (const { name, text } of stage.instructions) {
        if (name === 'WORKDIR') workdir = text;
        else if (name === 'COPY') copy(trial, text, workdir);
        else if (name === 'RUN') await runLine(trial, text, workdir);
      }
    }
  }, 300_000);

  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));

  async function runLine(trial: RootTrial, text: string, workdir: string): Promise<void> {
    if (text.startsWith('apt-get ')) return;
    ran.push(text);
    if (text.startsWith('npm ci ')) trial.linkCopy(join(process.cwd(), 'node_modules'), `${workdir}/node_modules`);
    else await trial.run(['sh', '-c', text], { workdir });
  }

  function copy(trial: RootTrial, text: string, workdir: string): void {
    const [, from, rest = ''] = /^(?:--from=(\S+) )?(.*)$/.exec(text) ?? [];
    const words = rest.split(' ');
    const target = words.at(-1) ?? '';
    for (const source of words.slice(0, -1)) {
      const origin = stages.get(from);
      if (from !== undefined && origin !== undefined) trial.take(origin, source, join(workdir, target));
      else for (const file of fromContext(source)) trial.add(file, join(workdir, file));
    }
  }

  const fromContext = (source: string): string[] =>
    tracked.filter((file) => (source === '.' || file === source) && reachesBuild(file, dockerignore));

  const app = () => (stages.get(undefined) as RootTrial).path('/app');

  test('ran each line but the one of Debian packages, whose programs are there', () => {
    expect(ran.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'npm ci',
      'node scripts/build.mjs',
      'npm prune',
      'ln -s',
      'install -d',
    ]);
    const [packages] = textsOf(image, 'RUN');
    expect(packages).toContain('ca-certificates git openssh-client');
    for (const program of ['git', 'ssh']) expect(execFileSync('which', [program]).length).toBeGreaterThan(0);
  });

  test('holds packages that are needed to run only, and the core of one platform', () => {
    const { devDependencies, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
    const has = (name: string) =>
      readdirSync(join(app(), 'node_modules', ...name.split('/').slice(0, -1))).includes(name.split('/').at(-1) ?? '');
    expect(Object.keys(dependencies).filter((name) => !has(name))).toEqual([]);
    expect(
      ['jest', '@biomejs/biome', 'typescript', 'openai', '@sparticuz/chromium'].filter(
        (name) => devDependencies[name] && has(name),
      ),
    ).toEqual([]);
    const core = join(app(), 'node_modules/@temporalio/core-bridge');
    const platform = { x64: 'x86_64', arm64: 'aarch64' }[process.arch as 'x64'];
    expect(readdirSync(join(core, 'releases'))).toEqual([`${platform}-unknown-linux-gnu`]);
    expect(readdirSync(app()).sort()).toEqual(['LICENSE', 'dist', 'examples', 'node_modules', 'package.json']);
  });

  test('is as large as the page on Kubernetes tells', () => {
    const page = readFileSync('docs/kubernetes.md', 'utf8');
    const [, told] = /(\d+) MB are Arena itself/.exec(page) ?? [];
    const [megabytes = ''] = execFileSync('du', ['-sm', '--apparent-size', app()], { encoding: 'utf8' }).split('\t');
    expect(Math.abs(Number(megabytes) / Number(told) - 1)).toBeLessThan(0.1);
  });

  test('runs any verb as its user on a tree that nobody can write to', async () => {
    const trial = stages.get(undefined) as RootTrial;
    const user = { readOnly: true, user: 10001, env: environmentOf(image), workdir: '/app' };
    const version = JSON.parse(readFileSync('package.json', 'utf8')).version;
    expect(await trial.run(['arena', '--version'], user)).toBe(`${version}\n`);
    expect(
      await trial.run(['sh', '-c', 'id -u; touch /app/x || touch /usr/x || touch /var/lib/x || echo read-only'], user),
    ).toBe('10001\nread-only\n');
    expect(await trial.run(['arena', 'plan', 'examples/quickstart', '--output', 'json'], user)).toContain(
      '"conversations": 21',
    );
  }, 120_000);

  test('is a worker that its health check finds well, and that ends when asked to', async () => {
    const trial = stages.get(undefined) as RootTrial;
    const temporal = await TemporalServer.start(folder);
    const [port] = await freePorts(1);
    const env = { ...environmentOf(image), TEMPORAL_ADDRESS: temporal.address, ARENA_HEALTH_PORT: String(port) };
    const options = { readOnly: true, user: 10001, env, workdir: '/app' };
    const worker = trial.start(
      [...JSON.parse(textsOf(image, 'ENTRYPOINT')[0] ?? ''), ...JSON.parse(textsOf(image, 'CMD')[0] ?? '')],
      options,
    );
    const check = JSON.parse((textsOf(image, 'HEALTHCHECK')[0] ?? '').replace(/^.*? CMD /, ''));
    try {
      await waitFor(
        'a healthy worker',
        async () => (await trial.run(check, options).catch(() => undefined)) !== undefined || undefined,
      );
      worker.kill('SIGTERM');
      expect(await once(worker, 'exit')).toEqual([0, null]);
    } finally {
      if (worker.exitCode === null) {
        worker.kill('SIGTERM');
        await once(worker, 'exit');
      }
      await temporal.kill();
    }
  }, 120_000);
});
