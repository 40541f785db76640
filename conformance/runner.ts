import type { RunArguments } from './command.js';
import type { RunOutcome } from './compare-bundle.js';

/** Runs the bundle of an Arena file as a golden's command says. Faults of the bundle are `refused`, not thrown. */
export type Runner = (arenaFile: string, args: RunArguments) => Promise<RunOutcome>;
