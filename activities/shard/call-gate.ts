/** What stands between a conversation and a call: paces, and holds of providers that are down. */
import type { Failure } from '../../src/core/errors.js';
import type { Completion, CompletionRequest } from '../../src/core/provider.js';
import type { Held } from './held.js';
import type { LongWait } from './hold-item.js';

/** A call that wants to be made; one object for all its tries. */
export interface GatedCall {
  /** Id of the provider that is called. */
  provider: string;
  request: CompletionRequest;
  /** The conversation was set aside again and again because its own calls of this provider failed. */
  suspect: boolean;
  /** False where nobody wants further tries (`maxRetries: 0`): the call is refused rather than put off for long. */
  patient: boolean;
  /** Ends the waiting: the run was cancelled, or the item's time is over. */
  signal: AbortSignal;
  /** Hands the whole conversation back, to be taken up later from its recorded answers. Throws. */
  setAside(reason: Held | LongWait): never;
}

/** How a try of a call ended that was let through; `notCalled`: it was given up before it was made. */
export type CallEnd =
  | { completion: Completion }
  /** `retrying`: a further try in place follows. */
  | { failure: Failure; retrying?: true }
  | { notCalled: true };

export interface Pass {
  /** The call was let through for a moment that is over: it has to pass again. */
  expired?(): boolean;
  /** Asked when it is expired: the next one comes with time alone, whoever else waits or goes on. */
  isLate?(): boolean;
  /** True when the call is to be made again, whatever its failure says: the gate knows when. No try is counted then. */
  end(end: CallEnd): boolean | undefined;
}

export interface CallGate {
  /**
   * Lets a call through, at once or later; undefined when the gate does not care for it. Rejects with an `ArenaError` to
   * refuse the call. The time until then counts as waiting.
   */
  enter(call: GatedCall): Pass | undefined | Promise<Pass | undefined>;
}
