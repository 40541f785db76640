/** What of a job may no longer be changed once its first run has started: it would say what was not so. */
import type { CelRule } from '../rules.js';

/**
 * Fields that stay as they are. The others may change: suspend, cancelled, schedule and ttlSecondsAfterFinished. CEL sees
 * neither `providers` nor `variables`, whose values have no type.
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

const unchanged = (field: string): string =>
  `has(self.spec.${field}) == has(oldSelf.spec.${field}) && (!has(self.spec.${field}) || self.spec.${field} == oldSelf.spec.${field})`;

export const frozenFieldRules: readonly CelRule[] = FROZEN.map((field) => ({
  rule: `!has(oldSelf.status) || !has(oldSelf.status.startTime) || (${unchanged(field)})`,
  message: `${field} cannot change once the job has started: make a new ArenaJob`,
  reason: 'FieldValueForbidden',
  fieldPath: `.spec.${field}`,
}));
