/** When a job runs again. */
import { Cron } from 'croner';
import { z } from 'zod';

/** Whether the times ever come: `0 0 31 2 *` has the right form, and no year has such a day. */
function comes(cron: string): boolean {
  try {
    return new Cron(cron, { mode: '5-part', timezone: 'UTC' }).nextRun() !== null;
  } catch {
    return false;
  }
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const CRON =
  /^(@(yearly|annually|monthly|weekly|daily|midnight|hourly)|([0-9*,/-]|[A-Za-z]{3})+( +([0-9*,/-]|[A-Za-z]{3})+){4})$/;

const NO_CRON = 'is not five fields (minute, hour, day, month, weekday) or @hourly, @daily, @weekly, @monthly, @yearly';

export const scheduleSchema = z
  .strictObject({
    cron: z
      .string()
      .max(256)
      .regex(CRON, NO_CRON)
      // A text of another form has its fault already.
      .refine(
        (text) => !CRON.test(text) || comes(text),
        'names times that never come: check minute, hour, day, month and weekday',
      )
      .describe('When runs start: minute, hour, day of the month, month, day of the week.'),
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
  })
  .describe('Run again and again.');
