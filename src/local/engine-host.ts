/** Program: runs the shared engine of a folder (first argument) with a `temporal` binary (second), until SIGTERM. */
import { hostEngine } from './host-engine.js';

const [folder = '', binary = ''] = process.argv.slice(2);
process.title = 'arena engine';

try {
  const engine = await hostEngine(folder, binary);
  // Two starts at once agree on one: the other one is on its way up.
  if (engine === undefined) process.exit(0);
  await engine.ready;
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.once(signal, () => void engine.stop(3000).then(() => process.exit(0)));
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
