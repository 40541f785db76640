/** Providers that are down: what processes and workflow tell each other about them. */
import type { Failure } from './errors.js';
import { shorten } from './shorten.js';

/** How a provider stands for the whole run. Of two such statements the one with more `releases` is the newer. */
export interface ProviderStanding {
  provider: string;
  /** How often the provider was found to answer again after it had been held. */
  releases: number;
  /** Set while its conversations wait: why. */
  held?: Failure;
  /** Set when nobody waits for it any more: how its calls end. */
  over?: Failure;
}

/** Conversations that a shard handed back because a provider is down. */
export interface HeldItems {
  provider: string;
  items: number;
  /** When the first of them was handed back, milliseconds since the epoch. */
  since: number;
  failure: Failure;
}

/** A provider that is down, for people. */
export interface HeldRow {
  provider: string;
  /** Conversations that wait for it. */
  items: number;
  /** Milliseconds since the epoch. */
  since: number;
  /** When it is asked again; absent while that is going on, or not settled. */
  tryAgainAt?: number;
  /** When its conversations end as errors if it does not answer by then. */
  until?: number;
  code: string;
  message: string;
  hint?: string;
}

/** Longest texts of a failure that travels through the workflow, in UTF-16 units: what to do must not break off. */
const MAX_MESSAGE = 300;
const MAX_HINT = 600;

/** How long a provider may be down where the job does not say, in milliseconds. */
export const DEFAULT_HOLD_MS = 10 * 60_000;

/** A failure short enough to stand in a workflow's history once a shard. */
export function briefFailure({ message, hint, ...rest }: Failure): Failure {
  const brief: Failure = { ...rest, message: shorten(message, MAX_MESSAGE) };
  if (hint !== undefined) brief.hint = shorten(hint, MAX_HINT);
  return brief;
}
