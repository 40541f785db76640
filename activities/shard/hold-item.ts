import type { ConversationRecord } from '../../src/core/conversation.js';
import type { PlanItem } from '../../src/core/plan.js';
import { watchAbort } from '../../src/io/providers/abort-hub.js';
import type { HeldMark } from '../../src/io/runs/commit.js';
import { ConversationEnd } from './conversation-end.js';
import { Held } from './held.js';
import { ItemCalls } from './item-calls.js';
import { itemTimeout } from './item-end.js';
import { beginAnew, dropForgotten, markRestarted } from './restart.js';
import type { ShardRunOptions, WorkItem } from './shard-run.js';
import { endsInOrder, type Stop } from './stop.js';
import { TimeLimit } from './time-limit.js';

/** Longest wait for a recorded moment that a conversation spends in this process, in milliseconds. */
const LONGEST_WAIT_MS = 5_000;

/** A conversation waits for longer than that: it is handed back and comes again behind the workflow's timer. */
export class LongWait extends Error {
  constructor(readonly dueAt: number) {
    super('the conversation waits for its moment');
  }
}

/** Dispatches on end in which calls of a conversation brought its provider down, after which they are its own affair. */
const MAX_OWN_FAILURES = 3;

/** A conversation that was handed back: until a moment, or until a provider is up. */
export type SetAside = LongWait | HeldMark;

/** A conversation that was begun and has no verdict. `outside` is absent until it may make calls. */
export interface OpenConversation {
  controller: AbortController;
  outside?: ItemCalls;
}

/** Beginnings of a conversation in one dispatch, the first included. */
const MAX_BEGINNINGS = 3;

/**
 * Holds the conversation of an item, from its recorded answers on, or from its start when an agent has forgotten it.
 * Returns its record, or why it was handed back; rejects when the shard was stopped meanwhile.
 */
export async function holdItem(
  options: ShardRunOptions,
  item: PlanItem,
  work: WorkItem,
  conversation: OpenConversation,
  stopped: () => Stop | undefined,
): Promise<ConversationRecord | SetAside> {
  for (let beginnings = 1; ; beginnings += 1) {
    const held = await holdOnce(options, item, work, conversation, stopped);
    if (!('verdict' in held)) return held;
    if (held.error?.code !== 'session_lost' || beginnings >= MAX_BEGINNINGS) {
      markRestarted(options, held);
      return held;
    }
    const { usage, costUsd } = held;
    await beginAnew(options, work.index, { usage, costUsd });
  }
}

async function holdOnce(
  options: ShardRunOptions,
  item: PlanItem,
  work: WorkItem,
  conversation: OpenConversation,
  stopped: () => Stop | undefined,
): Promise<ConversationRecord | SetAside> {
  const { controller } = conversation;
  const { maxRetries } = options;
  const itemTimeoutMs = options.scenarioTimeoutMs?.(item.scenario) ?? options.itemTimeoutMs;
  await dropForgotten(options, work.index);
  // Two signals: the run's end tears the conversation down, the item's own time limit only fails its calls, so that
  // the engine still writes down what was said until then.
  const calls = new AbortController();
  const unwatch = watchAbort(controller.signal, (reason) => calls.abort(reason));
  const limit = new TimeLimit(itemTimeoutMs, () => calls.abort(itemTimeout(itemTimeoutMs)));
  let aside: LongWait | Held | undefined;
  const setAside = (reason: LongWait | Held): never => {
    aside ??= reason;
    // Calls in the air end and are recorded: nothing that is paid for is asked for twice. New ones are refused.
    if (!outside.inCall) controller.abort(reason);
    throw reason;
  };
  const end = new ConversationEnd(`${options.run}-${item.id}`);
  const outside = new ItemCalls({
    item: work.index,
    providers: options.providers,
    recorded: options.journal.calls.get(work.index),
    segments: options.segments,
    cache: options.cache?.ofConversation(item.trial),
    pool: options.pool,
    lease: options.lease,
    gates: options.callGates,
    conversation: end,
    setAside,
    untimed: (waiting) => limit.without(waiting),
    signal: calls.signal,
    draining: () => {
      const stop = stopped();
      return stop !== undefined && endsInOrder(stop) ? stop.error : aside;
    },
    suspectAt: (work.held?.own ?? 0) >= MAX_OWN_FAILURES ? work.held?.provider : undefined,
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
    // Whatever the engine made of the call that was refused, the conversation is not over.
    if (aside !== undefined) throw stop?.error ?? aside;
    record.attempt = work.attempt;
    record.calls = outside.calls;
    record.timing.callMs = outside.callMs;
    const { waitedMs = 0 } = work.held ?? {};
    record.timing.waitMs = outside.waitMs + waitedMs;
    record.timing.startedAt -= waitedMs;
    record.timing.durationMs += waitedMs;
    return record;
  } catch (error) {
    if (aside === undefined || stopped() !== undefined) throw error;
    return aside instanceof Held ? markOf(aside, work, outside) : aside;
  } finally {
    limit.stop();
    unwatch();
    end.close();
  }
}

function markOf({ provider, failure, own }: Held, { held }: WorkItem, outside: ItemCalls): HeldMark {
  const waitedMs = outside.waitMs + (held?.waitedMs ?? 0);
  const before = held?.provider === provider && outside.answers === 0 ? held.own : 0;
  // A probe tells of the provider, not of the conversation that made it.
  const failures = before + (own && held?.probe !== true ? 1 : 0);
  return { provider, failure, at: Date.now(), waitedMs, ...(failures === 0 ? {} : { own: failures }) };
}
