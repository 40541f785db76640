/** Conditions of an object, with the times that tell since when they hold. */
import type { Condition } from '../../../src/schema/cluster/object-meta.js';

export interface Wanted {
  type: string;
  status: Condition['status'];
  reason: string;
  message: string;
}

/** The API server takes longer ones, but nobody reads them. */
const MAX_MESSAGE = 4_096;

/** A condition keeps its time as long as its status stays the same. `nowMs` since the epoch. */
export function conditionsOf(
  wanted: readonly Wanted[],
  before: readonly Condition[] | undefined,
  generation: number,
  nowMs: number,
): Condition[] {
  return wanted.map(({ type, status, reason, message }) => {
    const known = before?.find((condition) => condition.type === type);
    return {
      type,
      status,
      reason,
      message: message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE - 1)}…`,
      observedGeneration: generation,
      lastTransitionTime: known?.status === status ? known.lastTransitionTime : timeOf(nowMs),
    };
  });
}

/** As the API server writes times. */
export const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
