import type { Bundle } from '../../src/bundle/bundle.js';
import { limitsOf } from '../../src/core/limiter-limits.js';
import type { Environment } from '../../src/io/providers/credential.js';
import { limitedKey } from '../../src/io/providers/limited-key.js';
import type { PacedProvider } from './process-limits.js';

/** What the provider files of a bundle say about paces. */
export function pacedProviders({ arena, providers }: Bundle, env: Environment): Map<string, PacedProvider> {
  const paced = [...providers].map(([id, { spec }]): [string, PacedProvider] => [
    id,
    {
      key: limitedKey(arena.id, id, spec, env),
      limits: limitsOf(spec.rate_limit),
      streams: spec.stream_max_concurrent ?? 0,
    },
  ]);
  return new Map(paced);
}
