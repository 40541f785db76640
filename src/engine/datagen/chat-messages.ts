import type { Message } from '../../core/conversation.js';
import type { DataMessage } from '../../core/datagen/data-record.js';

/** A conversation in the form that fine-tuning APIs read. Media are left out: the form holds texts. */
export function chatMessages(messages: readonly Message[]): DataMessage[] {
  return messages.map(({ role, content, toolCalls = [], toolResult }) => {
    const message: DataMessage = { role, content };
    if (toolCalls.length > 0) {
      message.tool_calls = toolCalls.map(({ id, name, args }) => {
        return { id, type: 'function', function: { name, arguments: JSON.stringify(args) } };
      });
    }
    if (toolResult !== undefined) message.tool_call_id = toolResult.id;
    return message;
  });
}
