import type { ScriptedToolCall } from './script.js';

/** What a client made of a call. */
export type ToolOutcome = { result: unknown } | { rejected: string };

interface Pending {
  settle(outcome: ToolOutcome | undefined): void;
  timer: NodeJS.Timeout;
}

export interface ToolDeskOptions {
  /** Time to answer in any way, and for the result once the call was acknowledged, in milliseconds. */
  answerMs: number;
  resultMs: number;
  send(frame: object): void;
}

/** The calls of one turn that a client has to answer. */
export class ToolDesk {
  private readonly pending = new Map<string, Pending>();
  private sent = 0;

  constructor(private readonly options: ToolDeskOptions) {}

  /** Sends a call. Its outcome; undefined when an acknowledged call never got its result. */
  ask({ id, ...call }: ScriptedToolCall, late: () => void): Promise<ToolOutcome | undefined> {
    this.sent += 1;
    const callId = id ?? `call_${String(this.sent).padStart(3, '0')}`;
    return new Promise((resolve) => {
      const settle = (outcome: ToolOutcome | undefined) => {
        clearTimeout(this.pending.get(callId)?.timer);
        this.pending.delete(callId);
        resolve(outcome);
      };
      // Silence is taken as a rejection.
      const timer = setTimeout(() => {
        late();
        settle({ rejected: 'no answer in time' });
      }, this.options.answerMs);
      this.pending.set(callId, { settle, timer });
      this.options.send({ type: 'tool_call', tool_call: { id: callId, ...call } });
    });
  }

  /** Each of these is false when no such call is pending. */
  acknowledge(callId: string): boolean {
    const pending = this.pending.get(callId);
    if (pending === undefined) return false;
    clearTimeout(pending.timer);
    pending.timer = setTimeout(() => pending.settle(undefined), this.options.resultMs);
    return true;
  }

  answer(callId: string, outcome: ToolOutcome): boolean {
    const pending = this.pending.get(callId);
    pending?.settle(outcome);
    return pending !== undefined;
  }

  /** Nobody waits any more. */
  close(): void {
    for (const { settle } of [...this.pending.values()]) settle(undefined);
  }
}
