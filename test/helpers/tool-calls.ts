import type { JsonValue } from '../../src/core/conversation.js';
import type { Completion } from '../../src/core/provider.js';

/** An answer of a model that calls tools, each given as its name and arguments. */
export function calling(...calls: [name: string, args: { [name: string]: JsonValue }][]): Partial<Completion> {
  return { toolCalls: calls.map(([name, args], index) => ({ id: `call_${index}`, name, args })) };
}
