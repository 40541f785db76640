import type { ConversationRecord } from '../../src/core/conversation.js';
import type { PlanItem } from '../../src/core/plan.js';
import type { EnginePorts } from '../../src/engine/ports.js';

export const request = { messages: [], parameters: {}, context: { scenario: 's', provider: 'p' } };

/** A conversation of two calls. */
export async function hold(item: PlanItem, ports: EnginePorts): Promise<ConversationRecord> {
  await ports.complete('p', request);
  await ports.complete('p', request);
  return {
    ...{ schemaVersion: 1, ...item, verdict: 'passed', messages: [], assertions: [], violations: [], usage: {} },
    ...{ timing: { startedAt: 0, durationMs: 0, callMs: 0, waitMs: 0 }, calls: 2, attempt: 1 },
  } as ConversationRecord;
}
