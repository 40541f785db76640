import { describe, expect, test } from '@jest/globals';
import { ArenaError, type ErrorCode } from '../../src/core/errors.js';
import type { Authenticator } from '../../src/io/providers/auth/authenticator.js';
import { KeyAuthenticator } from '../../src/io/providers/auth/key-authenticator.js';
import { KeyOrIdentity } from '../../src/io/providers/auth/key-or-identity.js';
import { Credential } from '../../src/io/providers/credential.js';

const REQUEST = { method: 'POST', url: new URL('https://cloud.example/'), headers: [], body: '' };

/** A cloud that gives this process no identity. */
const nobody = (code: ErrorCode): Authenticator => ({
  hint: () => 'log in',
  caller: () => Promise.reject(new ArenaError({ code, message: 'nobody', hint: 'log in' })),
});

function openWith(
  spec: { credential_env: string } | undefined,
  env: { [name: string]: string | undefined },
  code: ErrorCode,
) {
  const written = spec && { api_key: undefined, credential_file: undefined, ...spec };
  const credential = new Credential(written, ['USUAL'], (name) => env[name]);
  const byKey = new KeyAuthenticator({ id: 'p', credential, required: true, header: { name: 'x-key' }, own: {} });
  return new KeyOrIdentity(credential, byKey, nobody(code));
}

describe('without an identity in the cloud', () => {
  test.each<[what: string, spec: { credential_env: string } | undefined, code: ErrorCode, hint: RegExp]>([
    [
      'the empty variable comes first that the provider file names',
      { credential_env: 'MINE' },
      'unauthorized',
      /^set MINE .*; or log in$/,
    ],
    ['identity alone is asked for where the provider file names no variable', undefined, 'unauthorized', /^log in$/],
    [
      'a service that is away is no matter of the variable',
      { credential_env: 'MINE' },
      'provider_unavailable',
      /^log in$/,
    ],
  ])('%s', async (_, spec, code, hint) => {
    const caller = async () => openWith(spec, {}, code).caller(REQUEST);
    await expect(caller()).rejects.toMatchObject({
      failure: { code, message: 'nobody', hint: expect.stringMatching(hint) },
    });
  });

  test('the key of the variable is taken, or a usual one', async () => {
    for (const env of [{ MINE: 'k' }, { USUAL: 'k', MINE: ' ' }]) {
      const open = openWith({ credential_env: 'MINE' }, env, 'unauthorized');
      expect((await open.caller(REQUEST)).headers).toEqual(['x-key', 'k']);
      expect(open.hint()).not.toContain('log in');
    }
  });
});
