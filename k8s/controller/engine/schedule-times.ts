import { type CalendarSpec, DAYS_OF_WEEK, MONTHS } from '@temporalio/client';
import { ArenaError } from '../../../src/core/errors.js';
import { type CronTimes, leastGapMs, parseCron } from '../../../src/schema/cluster/cron.js';
import type { ScheduleRequest } from '../ports.js';

/** When a schedule fires, in the terms of Temporal. */
export type Times = { everyMs: number } | { calendars: CalendarSpec[]; timezone: string; leastGapMs: number };

/**
 * Temporal's own cron differs from that of Kubernetes: a day has to meet day and weekday at once where both are limited,
 * which hardly any day does. Calendars add up, so two of them say "or". Throws `invalid_input` for what is no cron.
 */
export function timesOf(every: ScheduleRequest['every']): Times {
  if (!('cron' in every)) return every;
  const cron = parseCron(every.cron);
  if ('fault' in cron) {
    throw new ArenaError({ code: 'invalid_input', message: `cron ${JSON.stringify(every.cron)} ${cron.fault}` });
  }
  if ('everyMs' in cron) return cron;
  const { timezone } = every;
  return { calendars: calendarsOf(cron.times, every.cron), timezone, leastGapMs: leastGapMs(cron.times) };
}

function calendarsOf({ minutes, hours, days, months, weekdays, eitherDay }: CronTimes, comment: string) {
  const calendar = {
    minute: rangesOf(minutes),
    hour: rangesOf(hours),
    month: rangesOf(months).map(({ start, end, step }) => ({ start: monthOf(start), end: monthOf(end), step })),
    comment,
  };
  const dayOfMonth = rangesOf(days);
  const dayOfWeek = rangesOf(weekdays).map(({ start, end, step }) => {
    return { start: weekdayOf(start), end: weekdayOf(end), step };
  });
  if (eitherDay)
    return [
      { ...calendar, dayOfMonth },
      { ...calendar, dayOfWeek },
    ];
  return [{ ...calendar, dayOfMonth, dayOfWeek }];
}

const monthOf = (month: number) => MONTHS[month - 1] ?? 'JANUARY';
const weekdayOf = (day: number) => DAYS_OF_WEEK[day] ?? 'SUNDAY';

/** As few ranges as it takes: people read them in the Temporal UI. */
function rangesOf(values: readonly number[]): { start: number; end: number; step: number }[] {
  const [first = 0, second = first + 1] = values;
  const last = values.at(-1) ?? first;
  const isRow = (step: number): boolean => values.every((value, at) => value === first + at * step);
  if (isRow(second - first)) return [{ start: first, end: last, step: second - first }];
  const ranges: { start: number; end: number; step: number }[] = [];
  for (const value of values) {
    const open = ranges.at(-1);
    if (open?.end === value - 1) open.end = value;
    else ranges.push({ start: value, end: value, step: 1 });
  }
  return ranges;
}
