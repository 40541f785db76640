import type { Usage } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';

/** Leave to make one call. */
export interface Turn {
  /** The call must begin by then, in milliseconds of the process's steady clock. */
  until: number;
  /** What it is estimated to use. */
  tokens: number;
}

/** What hands out turns. */
export interface Allowance {
  /** A turn that may be taken now. */
  take(now: number): Turn | undefined;
  /** When the next turn can be taken; undefined when that is not a matter of time. */
  nextAt(now: number): number | undefined;
  /** The turn's call was not made. */
  unused(turn: Turn): void;
  /** The turn's call has ended. */
  ended(turn: Turn, isSuccess: boolean, used?: Usage): void;
  /** The service has refused a call as too many, and asked to wait so long where it said so. */
  refused(waitMs: number | undefined): void;
  /** So many calls wait for turns; `first` is the request that is next. */
  wanted(waiting: number, first: CompletionRequest | undefined): void;
}
