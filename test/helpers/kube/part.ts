/** Where the servers of other projects are that tests start. */
import { readEnv } from '../../../src/config.js';
import { existingPart, type PartName } from '../../parts/parts.mjs';

/** Path of a program. `npm run test:e2e` finds or builds it beforehand; a test never does. */
export function part(name: PartName): string {
  const found = existingPart(name, process.env, readEnv(process.env).cacheDir);
  if (found === undefined) throw new Error(`there is no ${name}: run \`node scripts/test.mjs e2e\`, which gets it`);
  return found.path;
}
