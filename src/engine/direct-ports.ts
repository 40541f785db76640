/** Ports without records: for conversations that nobody has to be able to take up again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ArenaError } from '../core/errors.js';
import type { Provider } from '../core/provider.js';
import type { EnginePorts } from './ports.js';

/** Calls the providers themselves, once each. */
export function directPorts(providers: ReadonlyMap<string, Provider>, signal: AbortSignal): EnginePorts {
  let performed = 0;
  return {
    complete: async (id, request) => {
      const provider = providers.get(id);
      if (provider === undefined) {
        throw new ArenaError({ code: 'provider_not_found', message: `the bundle has no provider "${id}"` });
      }
      return provider.complete(request, { signal });
    },
    perform: (what, _input, action) => {
      performed += 1;
      return action({ signal, idempotencyKey: `${what} ${performed}` });
    },
    waitUntil: async (epochMs) => {
      await sleep(Math.max(0, epochMs - Date.now()), undefined, { signal });
    },
    now: Date.now,
    signal,
  };
}
