/** Makes records of conversations, and says why one gives none. */
import type { ConversationRecord, JsonValue } from '../../core/conversation.js';
import type { DataGenSettings } from '../../core/datagen/data-plan.js';
import type { DataRecord } from '../../core/datagen/data-record.js';
import { recordSeed } from '../../core/datagen/record-seed.js';
import { compileSchema, type SchemaCheck } from '../json-schema.js';
import { chatMessages } from './chat-messages.js';
import { fillTemplate, lastAnswerAsJson, templateFaults, Unfilled } from './record-template.js';

export type Made =
  | { record: DataRecord }
  /** `message`: what is wrong, the same for all that have it wrong in the same way. */
  | { left: 'errored' | 'failedChecks' | 'invalid'; message?: string };

/** What is wrong with the shape that is asked for, by its place in the settings. */
export function recordFaults({ schema, template }: DataGenSettings['record']): { path: string[]; message: string }[] {
  const found = template === undefined ? [] : templateFaults(template, ['template']);
  if (schema === undefined) return found;
  try {
    compileSchema(schema);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    found.push({ path: ['schema'], message: `cannot be used: ${reason}` });
  }
  return found;
}

export class RecordMaker {
  private readonly check: SchemaCheck | undefined;

  /** Throws an Error where `recordFaults` finds something. */
  constructor(private readonly settings: Pick<DataGenSettings, 'seed' | 'keep' | 'record'>) {
    const { schema } = settings.record;
    this.check = schema === undefined ? undefined : compileSchema(schema);
  }

  make(conversation: ConversationRecord): Made {
    if (conversation.verdict === 'errored') return { left: 'errored', message: conversation.error?.code };
    if (conversation.verdict === 'failed' && this.settings.keep === 'passed') return { left: 'failedChecks' };
    const seed = recordSeed(this.settings.seed, conversation.index);
    const made = this.dataOf(conversation, seed);
    if (typeof made === 'string') return { left: 'invalid', message: made };
    return { record: { messages: chatMessages(conversation.messages), ...made, metadata: about(conversation, seed) } };
  }

  /** The structured part, if any is asked for; a text says what is wrong with it. */
  private dataOf(conversation: ConversationRecord, seed: number): { data?: JsonValue } | string {
    const { template } = this.settings.record;
    let data: JsonValue | undefined;
    if (this.check !== undefined) {
      data = lastAnswerAsJson(conversation);
      if (data === undefined) return 'the last answer is not JSON';
      const [fault] = this.check(data);
      if (fault !== undefined) return fault;
    }
    if (template === undefined) return data === undefined ? {} : { data };
    try {
      return { data: fillTemplate(template, { record: conversation, seed }) };
    } catch (error) {
      if (error instanceof Unfilled) return error.message;
      throw error;
    }
  }
}

function about(conversation: ConversationRecord, seed: number): DataRecord['metadata'] {
  const { id, scenario, provider, messages, usage, costUsd, verdict, assertions } = conversation;
  const persona = messages.find((message) => message.persona !== undefined)?.persona;
  return {
    id,
    scenario,
    provider,
    ...(persona === undefined ? {} : { persona }),
    seed,
    usage,
    ...(costUsd === undefined ? {} : { costUsd }),
    verdict: verdict === 'passed' ? 'passed' : 'failed',
    checks: assertions
      .filter(({ skipped }) => skipped !== true)
      .map(({ type, passed, score }) => ({ type, passed, ...(score === undefined ? {} : { score }) })),
  };
}
