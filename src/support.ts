import type { Support } from './bundle/unsupported.js';
import { supportedAssertionTypes } from './engine/assertions/registry.js';
import { providerTypes } from './io/providers/create.js';

/** What this version can run, for the check that refuses a run before anything is called. */
export function supportOf(mockProvider: boolean): Support {
  return {
    assertionTypes: new Set(supportedAssertionTypes),
    providerTypes: new Set(providerTypes),
    mockProvider,
  };
}
