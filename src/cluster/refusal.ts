/** Why something that an object asks for cannot be had. */

/** Passing: the cluster may still come to it by itself, e.g. a source that is being fetched. */
export const WAITS = [
  'SourceNotFound',
  'SourceNotReady',
  'ConfigNotReady',
  'ConfigSuspended',
  'AgentNotReady',
] as const;

export type RefusalReason =
  | (typeof WAITS)[number]
  | 'Unchanged'
  | 'JobNotFound'
  | 'InvalidSpec'
  | 'AmbiguousSourceRef'
  | 'RevisionNotFound'
  | 'EmptyProviderGroup'
  | 'ProviderNotFound'
  | 'ProviderNotAllowed'
  | 'InvalidProvider'
  | 'AgentNotFound'
  | 'InvalidAgent'
  | 'ToolRegistryNotFound'
  | 'ToolRegistryNotAllowed'
  | 'InvalidTool'
  | 'ToolNameClash';

export interface Refusal {
  /** One word in CamelCase, as conditions want it. */
  reason: RefusalReason;
  /** What is wrong, where, and the next step. */
  message: string;
}

/** Gathers every fault, so that an author learns all of them at once. */
export class Refusals {
  readonly list: Refusal[] = [];

  add(reason: RefusalReason, message: string): undefined {
    // The same Provider may stand in several groups.
    if (!this.list.some((known) => known.reason === reason && known.message === message)) {
      this.list.push({ reason, message });
    }
    return undefined;
  }
}

const waits: ReadonlySet<string> = new Set(WAITS);

/**
 * The reason for which to wait: objects may be applied in any order, so as long as something is still to come nothing is
 * final. Undefined when waiting is of no use.
 */
export function waitOf(refusals: readonly Refusal[]): Refusal | undefined {
  return refusals.find(({ reason }) => waits.has(reason));
}

/** All of them as one text, a line each. */
export function refusalText(refusals: readonly Refusal[]): string {
  return refusals.map(({ reason, message }) => `${reason}: ${message}`).join('\n');
}
