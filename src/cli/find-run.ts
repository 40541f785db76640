import { ArenaError } from '../core/errors.js';
import type { CliContext } from './context.js';
import { findForeignRun } from './live-run.js';
import { storedPlan } from './run-store.js';

/** The run that a user means by `job` (its latest), `job/n`, or any other id that another program has given to one. */
export async function findRun(context: CliContext, name: string): Promise<string> {
  const { local } = context;
  const [job = '', number, ...rest] = name.split('/');
  const numbers = /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(job) && rest.length === 0 ? await local.numbers(job) : [];
  const wanted = number === undefined ? numbers.at(-1) : numbers.find((known) => String(known) === number);
  if (wanted !== undefined) return `${job}/${wanted}`;
  if ((await storedPlan(context, name)) !== undefined || (await findForeignRun(context, name)) !== undefined)
    return name;
  const known = (await local.jobs()).slice(0, 10);
  throw new ArenaError({
    code: 'invalid_input',
    message: `There is no run ${name} on this machine`,
    hint: known.length === 0 ? 'start one with: arena run BUNDLE' : `there are: ${known.join(', ')}`,
  });
}
