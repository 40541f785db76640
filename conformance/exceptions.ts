import type { Exception } from './waivers.js';

const notYet = (bundle: string, feature: string): Exception => ({
  bundle,
  aspect: 'refused',
  reason: `not yet run: needs ${feature}`,
});

/** Differences that we accept, with the reason. A bundle is listed until the feature that it needs is there. */
export const EXCEPTIONS: readonly Exception[] = [
];
