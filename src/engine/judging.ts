/** The checks of one conversation: their results, and what those that ask a model have used. */
import type { AssertionResult, ConversationRecord } from '../core/conversation.js';
import type { PlanItem } from '../core/plan.js';
import type { Completion, CompletionRequest } from '../core/provider.js';
import { type Assertion, evaluateAll } from './assertions/assertion.js';
import type { CheckOutside } from './assertions/check.js';
import type { ConversationView } from './assertions/view.js';
import type { EnginePorts } from './ports.js';
import type { PreparedBundle } from './prepare.js';
import { Spending } from './spending.js';

/** What the checks of an item reach: everything of the bundle, models by `complete`. */
export function checkOutside(
  prepared: PreparedBundle,
  item: PlanItem,
  ports: EnginePorts,
  complete: EnginePorts['complete'],
): CheckOutside {
  const { now, signal } = ports;
  return {
    complete,
    perform: (what, input, action) => ports.perform(what, input, action),
    now,
    signal,
    services: prepared.surroundings.services,
    tools: { get: (name) => prepared.toolsOf([name]).get(name) },
    scenario: item.scenario,
  };
}

export class Judging {
  readonly results: AssertionResult[] = [];
  readonly outside: CheckOutside;
  readonly spending = new Spending();
  private calls = 0;

  constructor(outside: CheckOutside) {
    this.outside = { ...outside, complete: (provider, request) => this.ask(outside, provider, request) };
  }

  /**
   * Judges and keeps the results; `messageIndex` is the answer that is judged, absent for a whole conversation. A promise
   * only where a check asks somebody.
   */
  judge(
    assertions: readonly Assertion[],
    view: ConversationView,
    messageIndex?: number,
  ): AssertionResult[] | Promise<AssertionResult[]> {
    const judged = evaluateAll(assertions, view, this.outside);
    if (judged instanceof Promise) return judged.then((results) => this.keep(results, messageIndex));
    return this.keep(judged, messageIndex);
  }

  private keep(results: AssertionResult[], messageIndex: number | undefined): AssertionResult[] {
    if (messageIndex !== undefined) for (const result of results) result.messageIndex = messageIndex;
    this.results.push(...results);
    return results;
  }

  /** Calls of the judges so far, without answers from the cache; undefined when none was made. */
  get spent(): ConversationRecord['judging'] {
    const { usage, costUsd } = this.spending;
    return this.calls === 0 ? undefined : { calls: this.calls, usage, costUsd };
  }

  private async ask(outside: CheckOutside, provider: string, request: CompletionRequest): Promise<Completion> {
    this.calls += 1;
    const completion = await outside.complete(provider, request);
    if (completion.cached) this.calls -= 1;
    this.spending.add(completion);
    return completion;
  }
}
