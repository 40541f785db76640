/** When a job runs again. */
import { z } from 'zod';
import { CRON_FORM, CRON_VALUES, NO_CRON, OUT_OF_RANGE, parseCron } from './cron.js';
import { withRules } from './rules.js';

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const cron = z
  .string()
  .max(256)
  .regex(new RegExp(CRON_FORM), NO_CRON)
  .superRefine((text, context) => {
    const read = parseCron(text);
    if (!('fault' in read)) return;
    // The form is told above, and values by the rule below, which the API server knows as well.
    if (read.fault !== NO_CRON && read.fault !== OUT_OF_RANGE) context.addIssue(read.fault);
  })
  .describe(
    'When runs start, as in a CronJob: minute, hour, day of the month, month, day of the week (either day is enough where both are limited), @daily and the like, or @every with a duration.',
  );

export const scheduleSchema = withRules(
  z.strictObject({
    cron,
    timezone: z
      .string()
      .max(64)
      .regex(/^[A-Za-z0-9_+/-]+$/, 'is no name of a time zone such as Europe/Berlin')
      .refine(isTimeZone, 'is no time zone that is known: take one such as Europe/Berlin')
      .default('UTC')
      .describe('Time zone of `cron`, e.g. America/New_York. Default: UTC.'),
    concurrencyPolicy: z
      .enum(['Allow', 'Forbid', 'Replace'])
      .default('Forbid')
      .describe(
        'What happens when a run is due and the one before has not ended: both run, it is skipped, it replaces the other. Default: Forbid.',
      ),
    onlyIfChanged: z
      .boolean()
      .optional()
      .describe('Skip a run when the source has the revision of the last one that was not cancelled. Default: false.'),
  }),
  {
    rule: `!self.cron.matches('${CRON_FORM}') || self.cron.matches('${CRON_VALUES}')`,
    message: `cron ${OUT_OF_RANGE}`,
    fieldPath: '.cron',
  },
).describe('Run again and again.');
