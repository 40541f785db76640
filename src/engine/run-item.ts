import type { ConversationRecord } from '../core/conversation.js';
import type { PlanItem } from '../core/plan.js';
import { evaluateRecording } from './evaluate-recording.js';
import { holdConversation } from './hold-conversation.js';
import type { EnginePorts } from './ports.js';
import type { PreparedBundle } from './prepare.js';

/** Holds the conversation of an item, or judges the one that was recorded. Both never throw for a failure. */
export function runItem(prepared: PreparedBundle, item: PlanItem, ports: EnginePorts): Promise<ConversationRecord> {
  return item.recording === undefined
    ? holdConversation(prepared, item, ports)
    : evaluateRecording(prepared, item, ports);
}
