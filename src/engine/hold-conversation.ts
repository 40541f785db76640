/** Holds one conversation from its first turn to its verdict. */
import type { ConversationRecord } from '../core/conversation.js';
import { toFailure } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import { Conversation } from './conversation.js';
import { type ConversationEnd, recordOf } from './conversation-record.js';
import type { EnginePorts } from './ports.js';
import type { PreparedBundle } from './prepare.js';
import { Transcript } from './transcript.js';

/**
 * Never throws for a failure: the record then says `errored` and why. Throws the signal's reason when it was aborted.
 * Given the same answers it makes the same requests and comes to the same record, times apart.
 */
export async function holdConversation(
  prepared: PreparedBundle,
  item: PlanItem,
  ports: EnginePorts,
): Promise<ConversationRecord> {
  const startedAt = ports.now();
  const end: ConversationEnd = {
    startedAt,
    transcript: new Transcript(),
    calls: 0,
    waitMs: 0,
    evals: [],
    warnings: [],
  };
  const failed = (error: unknown) => {
    if (ports.signal.aborted) throw ports.signal.reason;
    end.failure ??= toFailure(error);
  };
  try {
    const scenario = prepared.scenario(item);
    end.scenario = scenario;
    const conversation = new Conversation(prepared, item, ports, scenario, end);
    end.judging = conversation.judging;
    end.stage = conversation.stage;
    try {
      await conversation.play();
    } catch (error) {
      failed(error);
    }
    await conversation.judgeWhole();
  } catch (error) {
    failed(error);
  }
  return recordOf(prepared, item, end, ports.now());
}
