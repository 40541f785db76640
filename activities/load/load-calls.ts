import type { ConversationRecord, JsonValue } from '../../src/core/conversation.js';
import { ArenaError, toFailure } from '../../src/core/errors.js';
import type { PlanItem } from '../../src/core/plan.js';
import type { CallContext, Completion, CompletionRequest, Provider } from '../../src/core/provider.js';
import type { ToolRunOptions } from '../../src/core/tool.js';
import type { EnginePorts } from '../../src/engine/ports.js';
import { pause } from '../../src/io/pause.js';
import { ConversationEnd } from '../shard/conversation-end.js';
import { ProviderCalls, type ProviderCallsOptions } from '../shard/provider-calls.js';
import type { LoadMeter } from './load-meter.js';
import type { WorkLeases } from './work-leases.js';

type Budget = Pick<WorkLeases, 'open' | 'admit' | 'spend'>;

/** What all conversations of a lane share. */
export interface LoadOutside extends Pick<ProviderCallsOptions, 'pool' | 'lease' | 'gates' | 'draining'> {
  run: string;
  providers: ReadonlyMap<string, Provider>;
  meter: LoadMeter;
  /** Milliseconds between an answer and the user's next message. */
  thinkMs(): number;
  /** What may still be used; absent: any amount. */
  budget?: Budget;
  /** Tries in place after failures that pass; each is measured as one request with the waiting between left out. */
  retryInPlace: boolean;
}

export interface LoadConversation {
  item: PlanItem;
  /** Number of the item's cell in the plan. */
  cell: number;
  /** When the conversation was due, in milliseconds since the epoch: its first request is measured from then on. */
  dueAt: number;
  /** Ends its calls. */
  signal: AbortSignal;
  /** Waits without using up the conversation's time. */
  untimed?: ProviderCallsOptions['untimed'];
  /** The lane has cut its conversations off: a request that fails now has not failed by itself. Default: it has not. */
  cutOff?(): boolean;
}

/** What one conversation of a load test does outside: measured, and written down nowhere. */
export class LoadCalls {
  /** Requests that were measured. */
  requests = 0;
  /** Nothing was left of the budget for a request: what became of the conversation says nothing about who is tested. */
  unpaid = false;
  private readonly made: ProviderCalls;
  private readonly end: ConversationEnd;
  private performed = 0;
  /** Milliseconds for which it waited for budget before its first request: nothing that the other side is to blame for. */
  private unpaidMs = 0;

  constructor(
    private readonly outside: LoadOutside,
    private readonly conversation: LoadConversation,
  ) {
    const { pool, lease, gates, draining, retryInPlace } = outside;
    const { signal } = conversation;
    this.end = new ConversationEnd(`${outside.run}-${conversation.item.id}`);
    this.made = new ProviderCalls({
      pool,
      lease,
      gates,
      draining,
      signal,
      retryInPlace,
      conversation: this.end,
      // Nobody could take the conversation up again: what another run would wait for fails here.
      setAside: (reason) => {
        throw reason;
      },
      untimed: (waiting) => this.untimed(waiting),
      canDefer: false,
    });
  }

  /** @param signal ends the conversation itself */
  ports(signal: AbortSignal): EnginePorts {
    return {
      complete: (provider, request) => this.complete(provider, request),
      perform: (what, _input, action) => this.perform(what, action),
      waitUntil: (epochMs) => pause(Math.max(0, epochMs - Date.now()), this.conversation.signal),
      now: Date.now,
      signal,
    };
  }

  /** Nothing but requests to models was made: nobody else may still listen to the conversation's signal. */
  get isPlain(): boolean {
    return this.performed === 0;
  }

  /** To be called when the conversation is over; without a record it was cut off. */
  close(record: ConversationRecord | undefined): void {
    this.end.close();
    if (record === undefined) {
      this.outside.meter.interrupt();
      return;
    }
    let turns = 0;
    for (const { role } of record.messages) if (role === 'user') turns += 1;
    this.outside.meter.finish(this.conversation.cell, record.verdict, turns);
  }

  private async complete(id: string, request: CompletionRequest): Promise<Completion> {
    const { providers, meter, budget, thinkMs } = this.outside;
    const { cell, signal } = this.conversation;
    const provider = providers.get(id);
    if (provider === undefined) {
      throw new ArenaError({ code: 'provider_not_found', message: `the bundle has no provider "${id}"` });
    }
    const isLoad = isMeasured(request.context);
    if (isLoad && this.requests > 0 && request.messages.at(-1)?.role === 'user') {
      const pauseMs = thinkMs();
      if (pauseMs > 0) await this.untimed(pause(pauseMs, signal));
    }
    if (budget !== undefined && !budget.open) await this.paid(budget);
    if (isLoad) return this.measured(provider, request);
    const answer = await this.made.answer(provider, request);
    meter.spend(cell, answer);
    budget?.spend(answer);
    return answer;
  }

  /** Waits until the budget has something left. */
  private async paid(budget: Budget): Promise<void> {
    const { signal } = this.conversation;
    const askedAt = performance.now();
    try {
      await this.untimed(budget.admit(signal));
    } catch (error) {
      this.unpaid = true;
      throw error;
    }
    if (this.requests === 0) this.unpaidMs += performance.now() - askedAt;
  }

  private async measured(provider: Provider, request: CompletionRequest): Promise<Completion> {
    const { meter, budget } = this.outside;
    const { cell, dueAt, cutOff } = this.conversation;
    const lateMs = this.requests === 0 ? Math.max(0, Date.now() - dueAt - this.unpaidMs) : 0;
    this.requests += 1;
    const waitedBefore = this.made.waitMs;
    const askedAt = performance.now();
    let isSent = false;
    const send = (): void => {
      if (!isSent) meter.send();
      isSent = true;
    };
    try {
      const answer = await this.made.answer(whenSent(provider, send), request);
      const waitMs = this.made.waitMs - waitedBefore;
      meter.end({ cell, latencyMs: lateMs + answer.latencyMs, waitMs, outcome: answer });
      budget?.spend(answer);
      return answer;
    } catch (error) {
      if (cutOff?.()) {
        if (isSent) meter.cut();
        throw error;
      }
      // Refused by a pace of ours it counts as one that was sent in vain.
      send();
      const waitMs = this.made.waitMs - waitedBefore;
      const latencyMs = lateMs + Math.max(0, performance.now() - askedAt - waitMs);
      meter.end({ cell, latencyMs, waitMs, outcome: toFailure(error) });
      throw error;
    }
  }

  private untimed<T>(waiting: Promise<T>): Promise<T> {
    return this.conversation.untimed?.(waiting) ?? waiting;
  }

  private perform<T extends JsonValue>(what: string, action: (options: ToolRunOptions) => Promise<T>): Promise<T> {
    this.performed += 1;
    const { signal } = this.conversation;
    return action({ signal, idempotencyKey: `${this.end.id}-${what}-${this.performed}` });
  }
}

/** Of requests to what is tested. What judges and personas are asked costs money, but it is no load on that. */
function isMeasured({ judge, persona }: CallContext): boolean {
  return judge === undefined && persona === undefined;
}

/** The provider, telling when a request has passed all paces and is sent. */
function whenSent(provider: Provider, send: () => void): Provider {
  const { id, local } = provider;
  return {
    id,
    local,
    complete: (request, options) => {
      send();
      return provider.complete(request, options);
    },
  };
}
