/** Addresses with secrets in their query, such as `?key=…` of some gateways, as people may read them. */
import { isSecretName } from '../../core/secrets.js';
import { scrubberOf } from './credential.js';

/** The address with nothing in place of values whose names say that they are secret. */
export function shownAddress(url: URL): string {
  const secret = [...url.searchParams.keys()].filter(isSecretName);
  if (secret.length === 0) return url.href;
  const shown = new URL(url);
  for (const name of secret) shown.searchParams.set(name, '');
  return shown.href;
}

/** Takes these values out of a text: services like to repeat the path that they do not know. */
export function queryScrubber(url: URL): (text: string) => string {
  return scrubberOf(undefined, Object.fromEntries(url.searchParams));
}
