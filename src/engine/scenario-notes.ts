/** What a scenario says for people, as its records repeat it. */
import type { Loaded } from '../bundle/bundle.js';
import { labelsOf } from '../bundle/scenario-labels.js';
import type { ConversationRecord, JsonValue } from '../core/conversation.js';
import type { ScenarioSpec } from '../schema/scenario.js';

export type ScenarioNotes = Pick<ConversationRecord, 'labels' | 'annotations' | 'mode' | 'description' | 'context'>;

/** Without what is not written. */
export function notesOf(scenario: Loaded<ScenarioSpec>): ScenarioNotes {
  const { mode, description, context, context_metadata: metadata, constraints } = scenario.spec;
  const about = Object.entries({ context, context_metadata: withoutUndefined(metadata ?? {}), constraints });
  const told = about.filter((entry): entry is [string, { [key: string]: JsonValue }] => !isEmpty(entry[1]));
  const labels = labelsOf(scenario);
  return {
    ...(isEmpty(labels) ? {} : { labels }),
    ...(isEmpty(scenario.annotations) ? {} : { annotations: scenario.annotations }),
    ...(mode === undefined ? {} : { mode }),
    ...(description === undefined ? {} : { description }),
    ...(told.length === 0 ? {} : { context: Object.fromEntries(told) }),
  };
}

function withoutUndefined(values: { [key: string]: string | undefined }): { [key: string]: string } {
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function isEmpty(map: object | undefined): boolean {
  return map === undefined || Object.keys(map).length === 0;
}
