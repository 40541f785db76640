import { expect, test } from '@jest/globals';
import { isProviderWide, toFailure } from '../../src/core/errors.js';
import { createProviders } from '../../src/io/providers/create.js';
import { engineBundle } from '../helpers/engine-bundle.js';

const request = { messages: [], parameters: {}, context: { scenario: 's', provider: 'p' } };

// Each would call the vendor if it called at all.
test.each([
  ['a variable that is not set', {}, true],
  ['a named variable that is not set', { credential: { credential_env: 'NO_SUCH_KEY' } }, true],
  ['a file that is not there yet', { credential: { credential_file: '/no/such/key' } }, false],
])('a key in %s is missing without a call; whether it is worth waiting for', async (_, more, lasting) => {
  const bundle = engineBundle({ providers: { keyless: { type: 'openai', model: 'gpt-4o', ...more } } });
  const provider = createProviders(bundle, { env: {} }).get('keyless');
  const options = { signal: new AbortController().signal };
  const failure = await provider?.complete(request, options).then(() => undefined, toFailure);
  expect(failure).toMatchObject({ code: 'unauthorized', hint: expect.any(String) });
  expect(failure?.lasting ?? false).toBe(lasting);
  expect(failure !== undefined && isProviderWide(failure)).toBe(!lasting);
});
