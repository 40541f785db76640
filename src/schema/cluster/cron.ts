/** Cron expressions as a CronJob of Kubernetes reads them. */
import { parseDurationMs } from '../../core/duration.js';

/** Times of a calendar, to the minute. Lists are sorted and without repeats. */
export interface CronTimes {
  minutes: number[];
  hours: number[];
  /** Days of the month, 1..31. */
  days: number[];
  /** 1..12. */
  months: number[];
  /** 0 is Sunday. */
  weekdays: number[];
  /** Both kinds of days are limited: one of them is enough then, not both at once. */
  eitherDay: boolean;
}

/** `fault`: what is wrong with the expression, as the rest of a sentence that begins with its field. */
type Cron = { times: CronTimes } | { everyMs: number } | { fault: string };

interface Field {
  name: string;
  min: number;
  /** What `*` reaches. */
  max: number;
  /** Form of one value, for regular expressions of any dialect. */
  value: string;
  /** Names of values from `min` on. */
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'] as const;
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const anyCase = (names: readonly string[]): string =>
  names.map((name) => [...name].map((letter) => `[${letter.toUpperCase()}${letter}]`).join('')).join('|');

const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, value: '[0-5]?[0-9]' },
  { name: 'hour', min: 0, max: 23, value: '[01]?[0-9]|2[0-3]' },
  { name: 'day', min: 1, max: 31, value: '0?[1-9]|[12][0-9]|3[01]' },
  { name: 'month', min: 1, max: 12, value: `0?[1-9]|1[0-2]|${anyCase(MONTHS)}`, names: MONTHS },
  // Sunday may be 7 as well, as in every other cron.
  { name: 'weekday', min: 0, max: 6, value: `0?[0-7]|${anyCase(WEEKDAYS)}`, names: WEEKDAYS },
];

const MACROS: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

const EVERY = '@every +(([0-9]+([.][0-9]+)?(h|m|s))+)';

const list = (value: string): string => {
  const part = `([*?]|(${value})(-(${value}))?)(/0*[1-9][0-9]{0,3})?`;
  return `${part}(,${part})*`;
};

const named = [...Object.keys(MACROS), EVERY].join('|');

/** Expressions whose parts have the right form, whatever their values. No backslash: it stands in CEL as well. */
export const CRON_FORM = `^(${named}|([0-9*?,/-]|[A-Za-z]{3})+( +([0-9*?,/-]|[A-Za-z]{3})+){4})$`;

/** Those whose values lie in their ranges besides. */
export const CRON_VALUES = `^(${named}|${FIELDS.map(({ value }) => list(value)).join(' +')})$`;

const every = new RegExp(`^${EVERY}$`);
const values = new RegExp(CRON_VALUES);

/** Shortest time between two firings of `@every`, in milliseconds. */
const MIN_EVERY_MS = 1000;

export const NO_CRON =
  'is not five fields (minute, hour, day, month, weekday), @hourly, @daily, @weekly, @monthly, @yearly or @every with a duration such as 90m';

export const OUT_OF_RANGE =
  'must hold values in their ranges: minute 0-59, hour 0-23, day 1-31, month 1-12 or JAN-DEC, weekday 0-7 or SUN-SAT, steps from 1';

/** Reads an expression; text of any form is taken. */
export function parseCron(text: string): Cron {
  if (!new RegExp(CRON_FORM).test(text)) return { fault: NO_CRON };
  if (!values.test(text)) return { fault: OUT_OF_RANGE };
  const duration = every.exec(text)?.[1];
  if (duration !== undefined) {
    const everyMs = parseDurationMs(duration) ?? 0;
    return everyMs < MIN_EVERY_MS ? { fault: 'names a time of less than a second' } : { everyMs };
  }
  const parts = (MACROS[text] ?? text).split(/ +/);
  const [minutes, hours, days, months, weekdays] = FIELDS.map((field, at) => valuesOf(parts[at] ?? '', field));
  for (const one of [minutes, hours, days, months, weekdays]) {
    if (one === undefined) return { fault: NO_CRON };
    if ('fault' in one) return one;
  }
  const known = (one: Values | undefined): Read => one as Read;
  const times: CronTimes = {
    minutes: known(minutes).values,
    hours: known(hours).values,
    days: known(days).values,
    months: known(months).values,
    weekdays: [...new Set(known(weekdays).values.map((day) => day % 7))].sort((a, b) => a - b),
    eitherDay: !known(days).any && !known(weekdays).any,
  };
  return comes(times)
    ? { times }
    : { fault: 'names times that never come: no such month has that day; correct day and month' };
}

interface Read {
  values: number[];
  /** The field sets no limit: it has a `*` without a step, be it one of several. */
  any: boolean;
}

type Values = Read | { fault: string };

function valuesOf(text: string, field: Field): Values {
  const found = new Set<number>();
  let any = false;
  for (const part of text.split(',')) {
    const [range = '', step = '1'] = part.split('/');
    const isAny = range === '*' || range === '?';
    const [from = '', to] = range.split('-');
    const first = isAny ? field.min : numberOf(from, field);
    // `5/20` goes on to the end.
    const isOpen = isAny || (to === undefined && part.includes('/'));
    const last = isOpen ? field.max : numberOf(to ?? from, field);
    if (last < first) {
      return { fault: `has a range of ${field.name}s that ends before it begins, "${range}": write it as two` };
    }
    any ||= isAny && Number(step) === 1;
    for (let value = first; value <= last; value += Number(step)) found.add(value);
  }
  return { values: [...found].sort((a, b) => a - b), any };
}

function numberOf(text: string, { min, names = [] }: Field): number {
  const at = names.indexOf(text.toLowerCase());
  return at < 0 ? Number(text) : min + at;
}

/** `0 0 31 2 *` has the right form, and no year has such a day. */
function comes({ days, months, eitherDay }: CronTimes): boolean {
  const longest = (month: number): number => new Date(Date.UTC(2024, month, 0)).getUTCDate();
  return eitherDay || months.some((month) => days.some((day) => day <= longest(month)));
}

/** Least time between two firings, in milliseconds; 24 hours where there is one a day. */
export function leastGapMs({ hours, minutes }: CronTimes): number {
  const times = hours.flatMap((hour) => minutes.map((minute) => 60 * hour + minute));
  const gaps = times.map((time, at) => (times[at + 1] ?? (times[0] ?? 0) + 24 * 60) - time);
  return Math.min(...gaps) * 60_000;
}
