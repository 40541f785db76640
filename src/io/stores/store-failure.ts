import { ArenaError } from '../../core/errors.js';

/**
 * A store did not do what it was asked: it cannot be reached, or refuses. That is an affair of the installation and says
 * nothing about the run that met it: the run goes on when the store works again.
 */
export class StoreFailure extends ArenaError {}
