import type { Permissions } from './bundle/permissions.js';
import type { Support } from './bundle/unsupported.js';
import { supportedAssertionTypes } from './engine/assertions/registry.js';
import { faultyProvider, providerTypes } from './io/providers/create.js';

const NOTHING: Permissions = { exec: false, stdioMcp: false };

/** What this version can run here, for the check that refuses a run before anything is called. */
export function supportOf(mockProvider: boolean, allowed = NOTHING): Support {
  return {
    assertionTypes: new Set(supportedAssertionTypes),
    providerTypes: new Set(providerTypes),
    providerFailure: faultyProvider,
    mockProvider,
    allowed,
  };
}
