/** All that the workflow bundle contains. */
export { arenaJob } from './arena-job.js';
export { checkBundle } from './check-bundle.js';
export { limiter } from './limiter.js';
export { sweepRuns } from './sweep-runs.js';
export { syncSource } from './sync-source.js';
