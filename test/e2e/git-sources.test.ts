/** Repositories fetched as the worker fetches them, from git's own servers, with git's own client. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { GitSource, type GitSourceOptions } from '../../src/io/sources/git/git-source.js';
import { selfSigned } from '../helpers/self-signed.js';
import { failureOf, textsOf } from '../helpers/sources/fetched.js';
import { GitHttpServer } from '../helpers/sources/git-http.js';
import { GitRepository } from '../helpers/sources/git-repository.js';
import { GitSshServer } from '../helpers/sources/git-ssh.js';

const PASSWORD = 'git-canary-8f27ab10';
const USER = { name: 'deployer', password: PASSWORD };
const TIMEOUT_MS = 30_000;

const repository = new GitRepository();
const certificate = selfSigned();
const scratch = mkdtempSync(join(tmpdir(), 'arena-test-git-'));
/** Its own, to see what is left in it. */
const TMPDIR = mkdtempSync(join(scratch, 'tmp-'));
const ENV = { ...process.env, TMPDIR };
let open: GitHttpServer;
let closed: GitHttpServer;
let secure: GitHttpServer;
let ssh: GitSshServer;
let first: string;
let second: string;
let side: string;

const optionsOf = (more: Partial<GitSourceOptions> = {}): GitSourceOptions => ({
  env: ENV,
  signal: AbortSignal.timeout(TIMEOUT_MS),
  timeoutMs: TIMEOUT_MS,
  ...more,
});

type Ref = ConstructorParameters<typeof GitSource>[0]['ref'];

const sourceAt = (origin: string, ref?: Ref, credentials?: Record<string, string>, path?: string) =>
  new GitSource({ url: `${origin}/prompts.git`, ref, path }, optionsOf({ credentials }));

beforeAll(async () => {
  first = repository.commit({ 'config.arena.yaml': 'one', 'team/a/config.arena.yaml': 'team' });
  repository.tag('v1');
  repository.tag('v1-annotated', true);
  second = repository.commit({ 'config.arena.yaml': 'two', run: { link: 'config.arena.yaml' } });
  side = repository.commit({ 'config.arena.yaml': 'side' }, 'feature/side');
  repository.commit({}, 'main');
  open = await GitHttpServer.start({ root: repository.folder });
  closed = await GitHttpServer.start({ root: repository.folder, user: USER });
  secure = await GitHttpServer.start({ root: repository.folder, user: USER, tls: certificate });
  ssh = await GitSshServer.start({ root: repository.folder });
});

afterAll(async () => {
  await Promise.all([open?.stop(), closed?.stop(), secure?.stop(), ssh?.stop()]);
  repository.remove();
  const left = readdirSync(TMPDIR);
  rmSync(scratch, { recursive: true, force: true });
  // Keys and passwords lie there as long as a fetch lasts.
  expect(left).toEqual([]);
});

describe('a repository', () => {
  // shows ArenaSource.spec.git.ref.branch, ArenaSource.spec.git.ref.tag, ArenaSource.spec.git.ref.commit
  test('is fetched by branch, tag, commit or as it is', async () => {
    const tip = repository.git('rev-parse', 'main');
    const cases: [Ref, string, string][] = [
      [undefined, `main@sha1:${tip}`, 'two'],
      [{ branch: 'feature/side' }, `feature/side@sha1:${side}`, 'side'],
      [{ tag: 'v1' }, `v1@sha1:${first}`, 'one'],
      [{ tag: 'v1-annotated' }, `v1-annotated@sha1:${first}`, 'one'],
      // Neither is the tip of anything.
      [{ commit: second }, `sha1:${second}`, 'two'],
      [{ commit: second.slice(0, 10).toUpperCase() }, `sha1:${second}`, 'two'],
      [{ branch: 'feature/side', tag: 'v1', commit: second }, `feature/side@sha1:${side}`, 'side'],
    ];
    for (const [ref, revision, text] of cases) {
      const source = sourceAt(open.origin, ref);
      expect([ref, await source.resolve()]).toEqual([ref, revision]);
      const fetched = await source.fetch();
      expect([ref, fetched.revision, textsOf(fetched.files)['config.arena.yaml']]).toEqual([ref, revision, text]);
    }
  });

  test('whose host gives out branches and tags alone has its older commits all the same', async () => {
    // A server of the first protocol lets nobody ask for a commit that is no tip.
    const strict = await GitHttpServer.start({ root: repository.folder, protocol: 0 });
    try {
      const older = repository.git('rev-parse', 'main~2');
      const { revision } = await sourceAt(strict.origin, { commit: older }).fetch();
      expect(revision).toBe(`sha1:${older}`);
      const none = sourceAt(strict.origin, { commit: '1'.repeat(40) });
      expect((await failureOf(none.fetch())).message).toMatch(/has no commit 1{40} on any branch or tag/);
    } finally {
      await strict.stop();
    }
  });

  // shows ArenaSource.spec.git.path
  test('gives a folder of it, and leaves out what is no file', async () => {
    const folder = await sourceAt(open.origin, { branch: 'main' }, undefined, 'team/a').fetch();
    expect(textsOf(folder.files)).toEqual({ 'config.arena.yaml': 'team' });
    const { files, notes } = await sourceAt(open.origin).fetch();
    expect([...files.keys()].sort()).toEqual(['config.arena.yaml', 'team/a/config.arena.yaml']);
    expect(notes).toEqual(['Symbolic links are left out; put the files themselves there: "run"']);
  });

  test('is asked for its revision without a download', async () => {
    const before = open.downloads;
    await sourceAt(open.origin, { branch: 'main' }).resolve();
    await sourceAt(open.origin, { commit: first }).resolve();
    expect(open.downloads).toBe(before);
    await sourceAt(open.origin, { branch: 'main' }).fetch();
    expect(open.downloads).toBe(before + 1);
  });

  test('runs nothing of what its author wrote into it', async () => {
    const mark = join(scratch, 'ran');
    const hostile = repository.commit(
      {
        '.gitattributes': '* filter=evil\n* export-ignore\n',
        '.gitmodules': `[submodule "x"]\n path = x\n url = ext::sh -c "touch% ${mark}"\n`,
        'large.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
      },
      'hostile',
    );
    const home = mkdtempSync(join(scratch, 'home-'));
    writeFileSync(
      join(home, '.gitconfig'),
      `[filter "evil"]\n smudge = touch ${mark}\n[core]\n fsmonitor = touch ${mark}\n`,
    );
    const env = {
      ...ENV,
      HOME: home,
      GIT_SSH_COMMAND: `touch ${mark}`,
      GIT_CONFIG_GLOBAL: join(home, '.gitconfig'),
    };
    const settings = { url: `${open.origin}/prompts.git`, ref: { branch: 'hostile' } };
    const { revision, files, notes } = await new GitSource(settings, optionsOf({ env })).fetch();
    expect(revision).toBe(`hostile@sha1:${hostile}`);
    expect([...files.keys()]).toContain('large.bin');
    expect(notes.join()).toContain('Git LFS');
    expect(existsSync(mark)).toBe(false);
  });
});

describe('credentials', () => {
  test.each<[string, Record<string, string>]>([
    ['user and password', { username: USER.name, password: PASSWORD }],
    ['a token of a user', { username: USER.name, token: PASSWORD }],
  ])('%s open a repository', async (_, credentials) => {
    const tip = repository.git('rev-parse', 'main');
    const source = sourceAt(closed.origin, { branch: 'main' }, credentials);
    expect(await source.resolve()).toBe(`main@sha1:${tip}`);
    expect(textsOf((await source.fetch()).files)['config.arena.yaml']).toBe('two');
    // None of them stood in an address.
    expect(closed.asked.filter((path) => path.includes(PASSWORD))).toEqual([]);
  });

  test('a token alone goes with a user that hosts know', async () => {
    await failureOf(sourceAt(closed.origin, undefined, { token: PASSWORD }).resolve());
    expect([...closed.shown]).toContain(`Basic ${Buffer.from(`x-access-token:${PASSWORD}`).toString('base64')}`);
  });

  test('that are missing or wrong are told, and never repeated', async () => {
    const wrong = { username: USER.name, password: 'wrong-canary-11' };
    const failures = [
      await failureOf(sourceAt(closed.origin).resolve()),
      await failureOf(sourceAt(closed.origin, undefined, wrong).resolve()),
      await failureOf(sourceAt(closed.origin, undefined, wrong).fetch()),
      await failureOf(sourceAt(closed.origin, undefined, { username: USER.name }).resolve()),
    ];
    for (const failure of failures) {
      expect(failure.code).toBe('unauthorized');
      expect(failure.hint).toMatch(/Secret|entries/);
      expect(JSON.stringify(failure)).not.toMatch(/canary/);
    }
  });

  test('are not for the host that a redirect leads to', async () => {
    const thief = await GitHttpServer.start({ root: repository.folder, user: { name: 'x', password: 'y' } });
    const door = await GitHttpServer.start({ root: repository.folder });
    try {
      door.instead = { status: 301, location: thief.origin };
      const failure = await failureOf(
        sourceAt(door.origin, undefined, { username: USER.name, password: PASSWORD }).resolve(),
      );
      expect(failure.code).toBe('unauthorized');
      expect([...thief.shown]).toEqual([]);
    } finally {
      await Promise.all([thief.stop(), door.stop()]);
    }
  });

  test('of ssh open a repository of a host that is known', async () => {
    const credentials = { identity: ssh.identity, known_hosts: ssh.knownHosts };
    const source = sourceAt(ssh.origin, { tag: 'v1' }, credentials);
    expect(await source.resolve()).toBe(`v1@sha1:${first}`);
    expect(textsOf((await source.fetch()).files)['config.arena.yaml']).toBe('one');
    expect([...ssh.users]).toEqual(['git']);
  });

  test('of ssh are refused to a host that is not known, and where they do not fit', async () => {
    const stranger = await failureOf(
      sourceAt(ssh.origin, undefined, { identity: ssh.identity, known_hosts: ssh.wrongHosts }).resolve(),
    );
    expect(stranger).toMatchObject({ code: 'unauthorized', hint: expect.stringContaining('known_hosts') });
    const cases: [Record<string, string>, RegExp][] = [
      [{ identity: GitSshServer.strange(), known_hosts: ssh.knownHosts }, /does not accept the private key/],
      [{ identity: GitSshServer.locked(), known_hosts: ssh.knownHosts }, /locked with a passphrase/],
      [{ identity: ssh.identity }, /no entry known_hosts/],
      [{ known_hosts: ssh.knownHosts }, /no entry identity/],
    ];
    for (const [credentials, said] of cases) {
      const failure = await failureOf(sourceAt(ssh.origin, undefined, credentials).resolve());
      expect(failure.code).toBe('unauthorized');
      expect(failure.message).toMatch(said);
      expect(failure.message).not.toContain('PRIVATE KEY-----');
      expect(failure.message).not.toContain(TMPDIR);
    }
  });
});

describe('a host with a certificate of its own', () => {
  const credentials = { username: USER.name, password: PASSWORD };

  test('is fetched from once its authority is named', async () => {
    const authority = join(scratch, 'authority.pem');
    writeFileSync(authority, certificate.cert);
    const env = { ...ENV, NODE_EXTRA_CA_CERTS: authority };
    const settings = { url: `${secure.origin}/prompts.git`, ref: { tag: 'v1' } };
    const source = new GitSource(settings, optionsOf({ env, credentials }));
    expect((await source.fetch()).revision).toBe(`v1@sha1:${first}`);
  });

  test('is refused before', async () => {
    const failure = await failureOf(sourceAt(secure.origin, undefined, credentials).resolve());
    expect(failure).toMatchObject({
      code: 'connection_failed',
      hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });
});

describe('a host that does not answer', () => {
  test('is left at the end of the time, with all that was started', async () => {
    const silent = await GitHttpServer.start({ root: repository.folder });
    silent.instead = 'hang';
    const abort = new AbortController();
    const marker = `${silent.origin}/prompts.git`;
    const fetching = sourceAtWith(abort.signal, marker).fetch();
    fetching.catch(() => undefined);
    await until(() => silent.asked.length > 0);
    abort.abort(new ArenaError({ code: 'call_timeout', message: 'over' }));
    await expect(fetching).rejects.toThrow('over');
    await until(() => !execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).includes(marker));
    await silent.stop();
  });

  test('is told as it is', async () => {
    const failure = await failureOf(sourceAt('http://127.0.0.1:1').resolve());
    expect(failure.code).toBe('connection_failed');
    open.instead = { status: 503 };
    expect((await failureOf(sourceAt(open.origin).resolve())).code).toBe('provider_unavailable');
    open.instead = undefined;
  });

  const sourceAtWith = (signal: AbortSignal, url: string) => new GitSource({ url }, optionsOf({ signal }));
});

test.each<[string, Ref, RegExp]>([
  ['a branch', { branch: 'none' }, /has no branch "none"/],
  ['a tag', { tag: 'none' }, /has no tag "none"/],
  ['the first digits of a commit', { commit: '0000000' }, /has no commit 0000000/],
])('%s that is not there is told', async (_, ref, said) => {
  expect((await failureOf(sourceAt(open.origin, ref).resolve())).message).toMatch(said);
});

test('a repository of commits without end in its folders is given up', async () => {
  repository.pushTreeWithoutEnd('bomb');
  const failure = await failureOf(sourceAt(open.origin, { branch: 'bomb' }).fetch());
  expect(failure.message).toMatch(/more branches, tags or files than are read/);
});

async function until(look: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !look(); ) {
    if (Date.now() > deadline) throw new Error('it does not come to that');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
