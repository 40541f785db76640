import { EXIT } from '../../core/exit-codes.js';
import { runWorker } from '../../worker.js';
import { type GlobalOptions, openContext } from '../context.js';

/** Takes work from Temporal until SIGINT or SIGTERM, then lets calls in flight end. All settings are of the environment. */
export async function worker(options: GlobalOptions): Promise<number> {
  await runWorker(openContext(options).env);
  return EXIT.ok;
}
