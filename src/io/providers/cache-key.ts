/** What shapes the answer of a service to a request, as far as it is known here. */
import type { CacheKey } from '../../core/provider.js';
import { isSecretName } from '../../core/secrets.js';
import type { ProviderSpec } from '../../schema/provider.js';
import { shownAddress } from './shown-address.js';

export interface KeptCall {
  spec: ProviderSpec;
  url: URL;
  /** Those of wire format and provider file; names and values in turn. */
  headers: readonly string[];
  body: string;
  /** As the request asks for it; a wire format may leave it out all the same. */
  temperature: number | undefined;
}

/** Quotes inside of texts are escaped, so this is a member of the request. */
const TEMPERATURE_ZERO = /(?<!\\)"temperature":0[,}]/;

export function cacheKeyOf({ spec, url, headers, body, temperature }: KeptCall): CacheKey {
  const { type, platform = null, include_raw_output: raw = false } = spec;
  const text = JSON.stringify([type, platform, raw, shownAddress(url), namedHeaders(headers), body]);
  const isSent = temperature !== undefined && (temperature !== 0 || TEMPERATURE_ZERO.test(body));
  return isSent ? { text, temperature } : { text };
}

/** Header names in lower case and in order; values of credentials are left out, so that a new key finds the old answers. */
function namedHeaders(headers: readonly string[]): [name: string, value: string][] {
  const named: [string, string][] = [];
  for (let place = 0; place + 1 < headers.length; place += 2) {
    const name = (headers[place] ?? '').toLowerCase();
    named.push([name, isSecretName(name) ? '' : (headers[place + 1] ?? '')]);
  }
  return named.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
}
