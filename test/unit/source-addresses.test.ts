import { describe, expect, test } from '@jest/globals';
import { Secrets } from '../../src/core/secrets.js';
import { ConfigMapSource } from '../../src/io/sources/config-map.js';
import { gitFolder, gitTarget, gitUrl } from '../../src/io/sources/git/git-address.js';
import { gitFailure } from '../../src/io/sources/git/git-failure.js';
import { challengesOf } from '../../src/io/sources/oci/challenge.js';
import { ociAddress } from '../../src/io/sources/oci/oci-address.js';
import { registryCredentials } from '../../src/io/sources/oci/oci-credentials.js';

const messageOf = (work: () => unknown): string => {
  try {
    return JSON.stringify(work());
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

describe('where a repository is', () => {
  test.each([
    ['https://host/a/b', 'https://host/a/b'],
    ['ssh://host:2222/a', 'ssh://git@host:2222/a'],
    ['ssh://me@host/a', 'ssh://me@host/a'],
    ['https://user@host/a', 'https://user@host/a'],
    ['https://[::1]:8443/a', 'https://[::1]:8443/a'],
  ])('%s is asked as %s', (url, asked) => {
    expect(gitUrl({ url }).href).toBe(asked);
  });

  test.each([
    ['https://user:canary@host/a', /holds a password/],
    ['file:///etc', /must begin with one of http:\/\/, https:\/\/, ssh:\/\//],
    ['ext::sh -c id', /must begin with/],
    ['git@host:a/b', /must begin with/],
    ['ssh://-oProxyCommand=id/a', /no host that can be|must begin/],
    ['https://$(id)/a', /no host that can be|must begin/],
    ['https://`id`/a', /no host that can be|must begin/],
    ['ssh://-x@host/a', /user that begins with/],
  ])('%s is refused', (url, said) => {
    expect(messageOf(() => gitUrl({ url }))).toMatch(said);
    expect(messageOf(() => gitUrl({ url }))).not.toContain('canary');
  });

  test.each([
    [
      { branch: 'a', tag: 'b', commit: 'c'.repeat(40) },
      { kind: 'branch', name: 'a' },
    ],
    [
      { tag: 'b', commit: 'c'.repeat(40) },
      { kind: 'tag', name: 'b' },
    ],
    [{ commit: 'ABCDEF1' }, { kind: 'commit', commit: 'abcdef1' }],
    [{ branch: 'feature/x.y' }, { kind: 'branch', name: 'feature/x.y' }],
    [{}, { kind: 'default' }],
    [undefined, { kind: 'default' }],
  ])('%j asks for %j', (ref, target) => {
    expect(gitTarget({ url: '', ref })).toEqual(target);
  });

  test.each(['--upload-pack=id', 'a b', 'a..b', 'a:b', 'a*', 'a\nb', '.hidden', 'a.lock', 'a/', '@', 'a@{1}', 'a\\b'])(
    'a branch or tag %j cannot be',
    (name) => {
      expect(messageOf(() => gitTarget({ url: '', ref: { branch: name } }))).toContain(
        'cannot be the name of a branch',
      );
      expect(messageOf(() => gitTarget({ url: '', ref: { tag: name } }))).toContain('cannot be the name of a tag');
    },
  );

  test.each([
    ['a/./b/', 'a/b'],
    ['', ''],
  ])('the folder %j is %j', (path, folder) => {
    expect(gitFolder({ url: '', path })).toBe(folder);
  });

  test.each(['../a', 'a/../b', '/a'])('the folder %j is refused', (path) => {
    expect(messageOf(() => gitFolder({ url: '', path }))).toContain('git.path');
  });
});

describe('what git says', () => {
  test.each([
    ["fatal: Authentication failed for 'https://h/'", 'unauthorized'],
    ["fatal: could not read Username for 'https://h': terminal prompts disabled", 'unauthorized'],
    ['Host key verification failed.\nfatal: Could not read from remote repository.', 'unauthorized'],
    ['git@h: Permission denied (publickey).', 'unauthorized'],
    ["fatal: couldn't find remote ref refs/heads/x", 'invalid_input'],
    ["fatal: repository 'https://h/x/' not found", 'invalid_input'],
    ['fatal: unable to access: Could not resolve host: h', 'connection_failed'],
    ['fatal: unable to access: SSL certificate problem: unable to get local issuer', 'connection_failed'],
    ['error: The requested URL returned error: 503', 'provider_unavailable'],
    ["fatal: transport 'file' not allowed", 'invalid_input'],
    ['something new', 'provider_rejected'],
  ])('%j is %s', (said, code) => {
    expect(gitFailure(said, 'https://h/x').code).toBe(code);
  });

  test('is told on one line, without control characters and times', () => {
    const said =
      'noise\nremote: \u001b[31mhello\u0007\nfatal: Failed to connect to h port 1 after 317 ms: Connection refused';
    const { message } = gitFailure(said, 'https://h/x');
    expect(message).toBe(
      'https://h/x cannot be fetched: the host cannot be reached (fatal: Failed to connect to h port 1: Connection refused)',
    );
  });
});

describe('where an image is', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  test.each([
    ['oci://r.io/a/b', { registry: 'r.io', host: 'r.io', repository: 'a/b', tag: 'latest' }],
    ['oci://r.io:5000/a:v1', { registry: 'r.io:5000', host: 'r.io:5000', repository: 'a', tag: 'v1' }],
    [`oci://r.io/a@${digest}`, { registry: 'r.io', host: 'r.io', repository: 'a', digest }],
    [`oci://r.io/a:v1@${digest}`, { registry: 'r.io', host: 'r.io', repository: 'a', tag: 'v1', digest }],
    [
      'oci://docker.io/a',
      { registry: 'docker.io', host: 'registry-1.docker.io', repository: 'library/a', tag: 'latest' },
    ],
    ['oci://localhost:5000/a', { registry: 'localhost:5000', host: 'localhost:5000', repository: 'a', tag: 'latest' }],
  ])('%s', (url, address) => {
    expect(ociAddress(url)).toEqual(address);
  });

  test.each([
    'oci://user:canary@r.io/a',
    'oci://r.io/A',
    'oci://r.io/a@sha256:12',
    'https://r.io/a',
    'oci://r.io/../a',
  ])('%s is refused without being repeated', (url) => {
    expect(messageOf(() => ociAddress(url))).toMatch(/^oci\.url/);
    expect(messageOf(() => ociAddress(url))).not.toContain('canary');
  });
});

test.each([
  [
    'Bearer realm="https://a/t",service="s,1",scope="x"',
    [['bearer', { realm: 'https://a/t', service: 's,1', scope: 'x' }]],
  ],
  [
    'Basic realm="a \\"b\\"", Bearer realm=x',
    [
      ['basic', { realm: 'a "b"' }],
      ['bearer', { realm: 'x' }],
    ],
  ],
  [
    'Negotiate, Basic realm="r"',
    [
      ['negotiate', {}],
      ['basic', { realm: 'r' }],
    ],
  ],
  ['', []],
  ['=====', []],
])('the challenge %s is read', (header, found) => {
  expect(challengesOf(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(found);
});

describe('the configuration of Docker', () => {
  const auth = (text: string) => Buffer.from(text).toString('base64');
  const credentials = (auths: object, registry = 'r.io:5000', repository = 'team/a') =>
    registryCredentials(
      { '.dockerconfigjson': JSON.stringify({ auths }) },
      registry,
      repository,
      new Secrets(() => ''),
    );

  test.each<[string, object, string]>([
    ['by host', { 'r.io:5000': { auth: auth('u:p:w') } }, 'r.io:5000'],
    ['by address', { 'https://r.io:5000/v2/': { username: 'u', password: 'p:w' } }, 'r.io:5000'],
    [
      'by the longest path',
      { 'r.io:5000': { auth: auth('no:no') }, 'r.io:5000/team': { auth: auth('u:p:w') } },
      'r.io:5000',
    ],
    ['by a wildcard', { '*.r.io': { auth: auth('u:p:w') } }, 'a.r.io'],
    ['of Docker itself', { 'https://index.docker.io/v1/': { auth: auth('u:p:w') } }, 'docker.io'],
  ])('is searched %s', (_, auths, registry) => {
    expect(credentials(auths, registry)).toEqual({ user: { name: 'u', password: 'p:w' } });
  });

  test('may hold tokens', () => {
    expect(credentials({ 'r.io:5000': { identitytoken: 'i', username: 'u' } })).toEqual({ identityToken: 'i' });
    expect(credentials({ 'r.io:5000': { registrytoken: 't' } })).toEqual({ registryToken: 't' });
  });

  test.each<[object, RegExp]>([
    [{ 'other.io': { auth: auth('canary:canary') } }, /no key for r\.io:5000, only for other\.io/],
    [{ 'r.io:5000': {} }, /neither user and password nor a token/],
  ])('%j does not open it', (auths, said) => {
    expect(messageOf(() => credentials(auths))).toMatch(said);
    expect(messageOf(() => credentials(auths))).not.toContain('canary');
  });
});

describe('a ConfigMap', () => {
  const source = (object: unknown) => new ConfigMapSource('ConfigMap shop/prompts', async () => object);
  const metadata = { resourceVersion: '42' };

  test('is files by key, __ standing for folders', async () => {
    const fetched = source({
      metadata,
      data: { 'config.arena.yaml': 'ä', scenarios__deep__a: 'b' },
      binaryData: { 'x.bin': 'AP8=' },
    });
    const { revision, files } = await fetched.fetch();
    expect(revision).toBe('42');
    expect(Object.fromEntries([...files].map(([path, bytes]) => [path, Buffer.from(bytes).toString('hex')]))).toEqual({
      'config.arena.yaml': 'c3a4',
      'scenarios/deep/a': '62',
      'x.bin': '00ff',
    });
    expect(await fetched.resolve()).toBe('42');
  });

  test.each<[unknown, RegExp]>([
    [undefined, /there is no ConfigMap shop\/prompts/],
    [{ metadata, data: { '..__etc': 'x' } }, /leads out of the bundle/],
    [{ metadata, data: { __a: 'x' } }, /absolute path/],
    [{ metadata, data: { a____b: 'x' } }, /empty part/],
    [{ data: {} }, /cannot be read/],
  ])('%j is refused', async (object, said) => {
    await expect(source(object).fetch()).rejects.toThrow(said);
  });
});
