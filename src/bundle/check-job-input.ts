import { ArenaError } from '../core/errors.js';
import { type JobInput, jobInputSchema } from '../schema/job.js';
import { schemaMessages } from './schema-faults.js';

/** The input of a job as the workflow takes it. Throws one `invalid_input` that names every fault. */
export function checkJobInput(value: unknown): JobInput {
  const checked = jobInputSchema.safeParse(value);
  if (checked.success) return checked.data;
  const faults = schemaMessages(checked.error, jobInputSchema, value);
  throw new ArenaError({
    code: 'invalid_input',
    message: `the input of the job is not valid: ${faults.join('; ')}`,
    hint: 'arena schema job prints what it may hold',
  });
}
