/** A generated record, as it stands in the files of a set. The chat form is the one that fine-tuning APIs read. */
import type { JsonValue, Usage } from '../conversation.js';

export interface DataMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  content: string;
  /** On messages of the assistant that call tools; `arguments` is JSON as text. */
  tool_calls?: { id: string; type: 'function'; function: { name: string; arguments: string } }[];
  /** On messages of tools: the call that is answered. */
  tool_call_id?: string;
}

/** Where a record comes from and what was found out about it. */
export interface DataRecordMetadata {
  /** `scenario/provider/rN`: unique in the set, and the same in every run of the same bundle and job. */
  id: string;
  scenario: string;
  provider: string;
  /** Id of the persona that played the user. */
  persona?: string;
  seed: number;
  usage: Usage;
  /** US dollars over all calls; missing when any part is unknown. */
  costUsd?: number;
  verdict: 'passed' | 'failed';
  checks: { type: string; passed: boolean; score?: number }[];
}

export interface DataRecord {
  /** The conversation, the system message first. */
  messages: DataMessage[];
  /** Structured records: what the template or the schema made of the conversation. */
  data?: JsonValue;
  metadata: DataRecordMetadata;
}
