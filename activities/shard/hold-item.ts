import type { ConversationRecord } from '../../src/core/conversation.js';
import type { PlanItem } from '../../src/core/plan.js';
import { ConversationEnd } from './conversation-end.js';
import { ItemCalls } from './item-calls.js';
import { itemTimeout } from './item-end.js';
import { dropForgotten, markRestarted } from './restart.js';
import type { ShardRunOptions, Stop, WorkItem } from './shard-run.js';
import { TimeLimit } from './time-limit.js';

/** Longest wait for a recorded moment that a conversation spends in this process, in milliseconds. */
const LONGEST_WAIT_MS = 5_000;

/** A conversation waits for longer than that: it is handed back and comes again behind the workflow's timer. */
export class LongWait extends Error {
  constructor(readonly dueAt: number) {
    super('the conversation waits for its moment');
  }
}

/** A conversation that was begun and has no verdict. `outside` is absent until it may make calls. */
export interface OpenConversation {
  controller: AbortController;
  outside?: ItemCalls;
}

/**
 * Holds the conversation of an item, from its recorded answers on. Returns its record, or why it was handed back; rejects
 * when the shard was stopped meanwhile.
 */
export async function holdItem(
  options: ShardRunOptions,
  item: PlanItem,
  work: WorkItem,
  conversation: OpenConversation,
  stopped: () => Stop | undefined,
): Promise<ConversationRecord | LongWait> {
  const { controller } = conversation;
  const { maxRetries } = options;
  const itemTimeoutMs = options.scenarioTimeoutMs?.(item.scenario) ?? options.itemTimeoutMs;
  const dropped = await dropForgotten(options, work.index);
  // Two signals: the run's end tears the conversation down, the item's own time limit only fails its calls, so that
  // the engine still writes down what was said until then.
  const calls = new AbortController();
  const endCalls = () => calls.abort(controller.signal.reason);
  controller.signal.addEventListener('abort', endCalls, { once: true });
  const limit = new TimeLimit(itemTimeoutMs, () => calls.abort(itemTimeout(itemTimeoutMs)));
  const setAside = (reason: Error): never => {
    controller.abort(reason);
    throw reason;
  };
  const end = new ConversationEnd(`${options.run}-${item.id}`);
  const outside = new ItemCalls({
    item: work.index,
    providers: options.providers,
    recorded: options.journal.calls.get(work.index),
    segments: options.segments,
    pool: options.pool,
    lease: options.lease,
    gates: options.callGates,
    conversation: end,
    setAside,
    untimed: (waiting) => limit.without(waiting),
    signal: calls.signal,
    draining: () => {
      const stop = stopped();
      return stop?.kind === 'draining' ? stop.error : undefined;
    },
    retryInPlace: maxRetries !== 0,
    canDefer: work.attempt <= (maxRetries ?? 0),
  });
  conversation.outside = outside;
  try {
    const record = await options.hold(item, {
      complete: (provider, request) => outside.complete(provider, request),
      perform: (what, input, action) => outside.perform(what, input, action),
      waitUntil: async (epochMs) => {
        const leftMs = epochMs - Date.now();
        if (leftMs <= 0) return outside.waitUntil(epochMs);
        if (leftMs <= LONGEST_WAIT_MS) return limit.without(outside.waitUntil(epochMs));
        return setAside(new LongWait(epochMs));
      },
      now: Date.now,
      signal: controller.signal,
    });
    const stop = stopped();
    if (stop !== undefined && record.verdict === 'errored') throw stop.error;
    record.attempt = work.attempt;
    record.calls = outside.calls;
    record.timing.callMs = outside.callMs;
    record.timing.waitMs = outside.waitMs;
    if (dropped !== undefined) markRestarted(record, dropped);
    return record;
  } catch (error) {
    if (error instanceof LongWait && stopped() === undefined) return error;
    throw error;
  } finally {
    limit.stop();
    controller.signal.removeEventListener('abort', endCalls);
    end.close();
  }
}
