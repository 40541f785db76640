/** What of a job may no longer be changed once its first run has started: it would say what was not so. */
import type { CelRule } from '../rules.js';

/**
 * Fields that stay as they are. The others may change: suspend, cancelled, schedule and ttlSecondsAfterFinished. It sees
 * neither `providers` nor `variables`, whose values have no type: those are left to a policy.
 */
const FROZEN = [
  'sourceRef',
  'type',
  'arenaFile',
  'scenarios',
  'trials',
  'evaluation',
  'loadTest',
  'dataGen',
  'workers',
  'toolRegistries',
  'output',
  'trigger',
  'timeouts',
  'cache',
  'verbose',
  'sessionRecording',
] as const;

export const hasStarted = (before: string): string => `has(${before}.status) && has(${before}.status.startTime)`;

export const unchanged = (field: string, now: string, before: string): string =>
  `has(${now}.spec.${field}) == has(${before}.spec.${field}) && (!has(${now}.spec.${field}) || ${now}.spec.${field} == ${before}.spec.${field})`;

export const frozenMessage = (field: string): string =>
  `${field} cannot change once the job has started: make a new ArenaJob`;

export const frozenFieldRules: readonly CelRule[] = FROZEN.map((field) => ({
  rule: `!(${hasStarted('oldSelf')}) || (${unchanged(field, 'self', 'oldSelf')})`,
  message: frozenMessage(field),
  reason: 'FieldValueForbidden',
  fieldPath: `.spec.${field}`,
}));
