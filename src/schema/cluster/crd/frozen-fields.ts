/** What of a job may no longer be changed once its first run has started: it would say what was not so. */
import { loadTestSchema } from '../load-test.js';
import type { CelRule } from '../rules.js';

/**
 * Fields that stay as they are in a job that runs once. The others may change: suspend, cancelled, ttlSecondsAfterFinished,
 * schedule and trigger, which say when it runs again, and the budget of a load test, which may be raised. It sees neither `providers` nor `variables`, whose values have no
 * type: those are left to a policy.
 */
const FROZEN = [
  'sourceRef',
  'arenaFile',
  'scenarios',
  'trials',
  'evaluation',
  'dataGen',
  'toolRegistries',
  'timeouts',
  'cache',
  'verbose',
  'sessionRecording',
] as const;

/** Of a load test: may be raised while it runs. */
const RAISABLE = ['budgetLimit', 'budgetTokens'] as const;

/** The pods of an open run, and the volume that they write to. */
const HELD_BY_RUN = ['workers', 'output'] as const;

const hasStarted = (before: string): string => `(has(${before}.status) && has(${before}.status.startTime))`;

const recurs = (job: string): string => `(has(${job}.spec.schedule) || has(${job}.spec.trigger))`;

/** Like a CronJob: each run takes what the spec says when it starts, and keeps it. */
const maySayAnew = (now: string, before: string): string => `(${recurs(now)} && ${recurs(before)})`;

const isRunning = (before: string): string => `(has(${before}.status.phase) && ${before}.status.phase == 'Running')`;

const unchanged = (field: string, now: string, before: string): string =>
  `(has(${now}.spec.${field}) == has(${before}.spec.${field}) && (!has(${now}.spec.${field}) || ${now}.spec.${field} == ${before}.spec.${field}))`;

/** The field is as it was, or nothing has been made of it, or the next run makes something of it. */
export const mayStand = (field: string, now: string, before: string): string =>
  `!${hasStarted(before)} || ${maySayAnew(now, before)} || ${unchanged(field, now, before)}`;

export const frozenMessage = (field: string): string =>
  `${field} cannot change once the job has started, unless it runs again by schedule or trigger: make a new ArenaJob`;

const frozen = (field: string, rule: string, message: string): CelRule => ({
  ...{ rule, message },
  reason: 'FieldValueForbidden',
  fieldPath: `.spec.${field}`,
});

const LOAD_FIELDS = Object.keys(loadTestSchema.shape).filter((field) => !RAISABLE.some((one) => one === field));

const hasLoad = (job: string): string => `has(${job}.spec.loadTest)`;

/** All of the block but its budget. */
const loadStands = `(${hasLoad('self')} == ${hasLoad('oldSelf')} && (!${hasLoad('self')} || (${LOAD_FIELDS.map(
  (field) => unchanged(`loadTest.${field}`, 'self', 'oldSelf'),
).join(' && ')})))`;

/** What the test may use grows, as it may be told by hand as well: what is spent cannot be taken back. */
const isRaised = (field: (typeof RAISABLE)[number]): string => {
  const at = `spec.loadTest.${field}`;
  const numberOf = (job: string): string => (field === 'budgetLimit' ? `double(${job}.${at})` : `${job}.${at}`);
  return `(${isRunning('oldSelf')} && has(self.${at}) && has(oldSelf.${at}) && ${numberOf('self')} >= ${numberOf('oldSelf')})`;
};

const budgetRules = RAISABLE.map((field): CelRule => {
  const both = `(!${hasLoad('self')} || !${hasLoad('oldSelf')})`;
  const same = unchanged(`loadTest.${field}`, 'self', 'oldSelf');
  return frozen(
    'loadTest',
    `!${hasStarted('oldSelf')} || ${maySayAnew('self', 'oldSelf')} || ${both} || ${same} || ${isRaised(field)}`,
    `loadTest.${field} can only be raised, and only while the run is open: make a new ArenaJob`,
  );
});

export const frozenFieldRules: readonly CelRule[] = [
  frozen(
    'type',
    `!${hasStarted('oldSelf')} || ${unchanged('type', 'self', 'oldSelf')}`,
    'type cannot change once the job has started: make a new ArenaJob',
  ),
  ...FROZEN.map((field) => frozen(field, mayStand(field, 'self', 'oldSelf'), frozenMessage(field))),
  frozen(
    'loadTest',
    `!${hasStarted('oldSelf')} || ${maySayAnew('self', 'oldSelf')} || ${loadStands}`,
    frozenMessage('loadTest'),
  ),
  ...budgetRules,
  ...HELD_BY_RUN.flatMap((field) => [
    frozen(field, mayStand(field, 'self', 'oldSelf'), frozenMessage(field)),
    frozen(
      field,
      `!${hasStarted('oldSelf')} || !${maySayAnew('self', 'oldSelf')} || !${isRunning('oldSelf')} || ${unchanged(field, 'self', 'oldSelf')}`,
      `${field} cannot change while a run is open: wait for its end, or end it by spec.cancelled`,
    ),
  ]),
];
