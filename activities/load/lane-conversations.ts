import type { ConversationRecord } from '../../src/core/conversation.js';
import type { LoadPlan } from '../../src/core/load/load-plan.js';
import type { PlanIndex, PlanItem } from '../../src/core/plan.js';
import type { EnginePorts } from '../../src/engine/ports.js';
import { isWatched } from '../../src/io/providers/abort-hub.js';
import { itemTimeout } from '../shard/item-end.js';
import { TimeLimit } from '../shard/time-limit.js';
import { LoadCalls, type LoadOutside } from './load-calls.js';

export interface LaneConversationsOptions extends LoadOutside {
  lane: number;
  /** Of the lane, from 1 on. */
  attempt: number;
  plan: LoadPlan;
  /** Where the test ends with its trials, conversation n is item n. */
  index: PlanIndex;
  /** The engine. */
  converse(item: PlanItem, ports: EnginePorts): Promise<ConversationRecord>;
  itemTimeoutMs: number;
  /** Another time for the conversations of a scenario, in milliseconds. */
  scenarioTimeoutMs(scenario: string): number | undefined;
  onRecord(record: ConversationRecord): void;
  /** A fault of ours: the lane cannot go on. */
  onFault(error: unknown): void;
}

/** Holds the conversations of a lane. */
export class LaneConversations {
  private readonly controller = new AbortController();
  /** Of the conversations that are open. */
  private readonly open = new Set<AbortController>();
  /** Of conversations that ended in order, for later ones: to make one costs more than all else that is done here. */
  private readonly spare: AbortController[] = [];
  private readonly cells = new Map<string, number>();

  constructor(private readonly options: LaneConversationsOptions) {
    for (const [place, cell] of options.plan.cells.entries()) this.cells.set(keyOf(cell), place);
  }

  /** Cuts off all that are open; later ones are cut off at once. */
  cut(reason: Error): void {
    this.controller.abort(reason);
    for (const end of this.open) end.abort(reason);
  }

  /** Cell of a conversation whose number is that of an item. */
  cellOf(number: number): number {
    return this.cells.get(keyOf(this.options.index.at(number))) ?? 0;
  }

  /** Holds a conversation: never rejects; gives the requests that it made. `dueAt`: milliseconds since the epoch. */
  hold = async (number: number, cell: number, dueAt: number): Promise<number> => {
    const { options } = this;
    const item = this.itemOf(number, cell);
    const timeoutMs = options.scenarioTimeoutMs(item.scenario) ?? options.itemTimeoutMs;
    const end = this.spare.pop() ?? new AbortController();
    this.open.add(end);
    if (this.isCut) end.abort(this.controller.signal.reason);
    const limit = new TimeLimit(timeoutMs, () => end.abort(itemTimeout(timeoutMs)));
    const isOver = (): boolean => this.isCut || options.draining() !== undefined;
    const untimed = <T>(waiting: Promise<T>): Promise<T> => limit.without(waiting);
    const calls = new LoadCalls(options, { item, cell, dueAt, signal: end.signal, untimed, cutOff: isOver });
    let record: ConversationRecord | undefined;
    try {
      // The engine writes down what was said until a time limit; it ends at once when the conversation is cut off.
      record = await options.converse(item, calls.ports(this.controller.signal));
      if (record.verdict === 'errored' && (isOver() || calls.unpaid)) record = undefined;
    } catch (error) {
      if (!isOver()) options.onFault(error);
    } finally {
      limit.stop();
      this.open.delete(end);
    }
    calls.close(record);
    if (calls.isPlain && !end.signal.aborted && !isWatched(end.signal)) this.spare.push(end);
    if (record !== undefined) options.onRecord(record);
    return calls.requests;
  };

  private get isCut(): boolean {
    return this.controller.signal.aborted;
  }

  private itemOf(number: number, cell: number): PlanItem {
    const { plan, lane, attempt, index } = this.options;
    if (plan.conversations !== undefined) return index.at(number);
    const { scenario, provider, region } = plan.cells[cell] ?? { scenario: '', provider: '', region: '' };
    return {
      index: number,
      // Agents and tools take what comes under the same name twice for a repetition: a lane that was lost counts anew.
      id: `${scenario}/${provider}/l${lane}.${attempt}-${number + 1}`,
      scenario,
      provider,
      region,
      trial: 1,
    };
  }
}

const keyOf = ({ scenario, provider, region }: { scenario: string; provider: string; region: string }): string =>
  JSON.stringify([scenario, provider, region]);
