import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Credential } from '../../src/io/providers/credential.js';
import { KeyFile } from '../../src/io/secrets/key-file.js';
import { type ProviderSpec, providerSpecSchema } from '../../src/schema/provider.js';
import { MountedSecret } from '../helpers/kubernetes-api.js';

const USUAL = ['SERVICE_API_KEY', 'SERVICE_TOKEN'];
const written = (credential: object | undefined): ProviderSpec['credential'] =>
  providerSpecSchema.parse({ type: 'openai', credential }).credential;
const env = (values: { [name: string]: string }) => (name: string) => values[name];

describe('the key of a provider', () => {
  let mounted: MountedSecret;
  beforeEach(() => {
    mounted = new MountedSecret();
    mounted.write({ key: ' from-file\n' });
  });
  afterEach(() => mounted.remove());

  const all = { SERVICE_API_KEY: 'usual-1', SERVICE_TOKEN: 'usual-2', MINE: ' named ' };

  // shows Provider.spec.credential.credential_file, Provider.spec.credential.credential_env, Provider.spec.credential.api_key
  test('comes from the first source of the order that has one', () => {
    const file = mounted.path('key');
    const keyOf = (spec: object | undefined, values: { [name: string]: string }) =>
      new Credential(written(spec), USUAL, env(values)).key();
    expect(keyOf({ api_key: 'written', credential_file: file, credential_env: 'MINE' }, all)).toBe('written');
    expect(keyOf({ credential_file: file, credential_env: 'MINE' }, all)).toBe('from-file');
    expect(keyOf({ credential_env: 'MINE' }, all)).toBe('named');
    expect(keyOf({ credential_env: 'ABSENT' }, all)).toBe('usual-1');
    expect(keyOf(undefined, all)).toBe('usual-1');
    expect(keyOf(undefined, { SERVICE_API_KEY: '', SERVICE_TOKEN: 'usual-2' })).toBe('usual-2');
    expect(keyOf(undefined, {})).toBeUndefined();
  });

  test.each([
    [{ api_key: 'k' }, 'check credential.api_key of the provider'],
    [
      { credential_env: 'MINE' },
      'set the environment variable MINE to a valid key where the workers run, and start them again',
    ],
    [
      undefined,
      'set the environment variable SERVICE_API_KEY to a valid key where the workers run, and start them again',
    ],
  ])('that is wrong is told with where to mend it: %j', (spec, hint) => {
    expect(new Credential(written(spec), USUAL, env({})).hint()).toBe(hint);
  });

  test.each([
    ['relative', 'not/absolute', /not absolute/],
    ['no file', '/proc', /no small file|not a small file/],
    ['absent', '/nonexistent/key', /ENOENT/],
  ])('is refused when its file is unusable: %s', (_, path, why) => {
    const credential = new Credential(written({ credential_file: path }), USUAL, env(all));
    expect(() => credential.key()).toThrow(expect.objectContaining({ code: 'unauthorized' }));
    expect(() => credential.key()).toThrow(why);
  });

  test.each(['two\nlines', 'snow☃man', 'bell\u0007'])('is refused when no header can carry it: %j', (key) => {
    const credential = new Credential(written({ credential_env: 'MINE' }), USUAL, env({ MINE: key }));
    expect(() => credential.key()).toThrow('no header can carry');
    try {
      credential.key();
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain(key.slice(0, 3));
    }
  });

  test('cannot be another one after a refusal when it is written or in the environment', () => {
    expect(new Credential(written({ api_key: 'k' }), USUAL, env({})).refused('k')).toBe(false);
    expect(new Credential(undefined, USUAL, env(all)).refused('usual-1')).toBe(false);
    expect(new Credential(undefined, USUAL, env({})).refused(undefined)).toBe(false);
  });
});

describe('a key in a file', () => {
  let mounted: MountedSecret;
  let now = 0;
  let file: KeyFile;
  beforeEach(() => {
    mounted = new MountedSecret();
    mounted.write({ key: 'first' });
    now = 1000;
    file = new KeyFile(mounted.path('key'), () => now);
  });
  afterEach(() => mounted.remove());

  test('is read again after half a minute', () => {
    expect(file.key()).toBe('first');
    mounted.write({ key: 'second' });
    now += 29_999;
    expect(file.key()).toBe('first');
    now += 1;
    expect(file.key()).toBe('second');
  });

  test('is read again at once when the service refuses it', () => {
    expect(file.key()).toBe('first');
    mounted.write({ key: 'second' });
    expect(file.refused('first')).toBe(true);
    expect(file.key()).toBe('second');
    // A call that began with the old key and is refused later does not put the new one in doubt.
    expect(file.refused('first')).toBe(true);
    expect(file.refused('second')).toBe(false);
  });

  test('is read at most once a second while it is refused, and calls look for a new one as often', () => {
    expect(file.key()).toBe('first');
    expect(file.refused('first')).toBe(false);
    mounted.write({ key: 'second' });
    expect(file.refused('first')).toBe(false);
    expect(file.key()).toBe('first');
    now += 1000;
    expect(file.key()).toBe('second');
    mounted.write({ key: 'third' });
    now += 29_999;
    expect(file.key()).toBe('second');
  });

  test('that is gone when it is looked for again is told to the next call', () => {
    expect(file.key()).toBe('first');
    mounted.remove();
    expect(file.refused('first')).toBe(false);
    now += 1000;
    expect(() => file.key()).toThrow('cannot be used');
  });

  test('may be replaced in place as well', () => {
    expect(file.key()).toBe('first');
    writeFileSync(mounted.path('key'), 'written over\n');
    expect(file.refused('first')).toBe(true);
    expect(file.key()).toBe('written over');
  });
});
