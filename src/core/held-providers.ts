/**
 * Providers that are down, and the conversations that wait for them. Part of a run's state: plain data, decided by what
 * shards report and by the time, without a clock of its own.
 */
import { formatDurationMs } from './duration.js';
import type { Failure } from './errors.js';
import { DEFAULT_HOLD_MS, type HeldItems, type HeldRow, type ProviderStanding } from './hold.js';
import type { RunState } from './run-state.js';
import type { HeldSource, ShardResult } from './shard.js';

export interface HeldProvider {
  provider: string;
  /** Milliseconds since the epoch. */
  since: number;
  /** Probes so far that failed. */
  tries: number;
  /** When the next probe is due. */
  dueAt: number;
  failure: Failure;
  waiting: HeldSource[];
  /** A probe is to be given out, or under way in this shard. */
  probe?: 'ready' | number;
}

/** A provider that was held before. */
export interface ReleasedProvider {
  provider: string;
  releases: number;
  over?: Failure;
  /** How long it was held in all, in milliseconds. */
  heldMs: number;
}

export interface HoldClock {
  now: number;
  /** Wait before the next probe, when so many have failed and the provider asked for so much. In milliseconds. */
  delayMs(failedProbes: number, retryAfterMs: number): number;
}

/** Takes in what a shard reports of providers. `sent`: what it was told when it was dispatched. */
export function settleHeld(state: RunState, result: ShardResult, sent: readonly ProviderStanding[], clock: HoldClock) {
  for (const provider of result.recovered ?? []) release(state, provider, clock.now);
  for (const items of result.held ?? []) {
    const source: HeldSource = [result.shard, 0, items.items];
    const known = sent.find(({ provider }) => provider === items.provider)?.releases ?? 0;
    const { releases, over } = releasedOf(state, items.provider) ?? { releases: 0 };
    const isHeld = heldOf(state, items.provider) !== undefined;
    // What a shard found that began before the provider was back is old news; it runs like those that waited.
    if (over !== undefined || (!isHeld && known < releases)) goOn(state, items.provider, [source]);
    else hold(state, items, source, clock);
  }
  for (const held of state.held ?? []) {
    if (held.probe === result.shard) endProbe(state, held, result, clock);
  }
}

function hold(state: RunState, items: HeldItems, source: HeldSource, { now, delayMs }: HoldClock): void {
  const { provider, since, failure } = items;
  const held = heldOf(state, provider);
  if (held !== undefined) {
    held.waiting.push(source);
    held.since = Math.min(held.since, since);
    return;
  }
  const dueAt = now + delayMs(0, failure.retryAfterMs ?? 0);
  state.held ??= [];
  state.held.push({ provider, since, tries: 0, dueAt, failure, waiting: [source] });
}

function endProbe(state: RunState, held: HeldProvider, result: ShardResult, { now, delayMs }: HoldClock): void {
  delete held.probe;
  const failed = result.held?.find(({ provider }) => provider === held.provider);
  if (failed === undefined) {
    // The conversation did not come to ask the provider: another one is to, when the pace of calls allows it.
    held.dueAt = result.waiting?.dueAt ?? now;
    return;
  }
  held.tries += 1;
  held.failure = failed.failure;
  held.dueAt = now + delayMs(held.tries, failed.failure.retryAfterMs ?? 0);
  if (now >= endOf(state, held)) giveUp(state, held, now);
}

/** Makes probes of the providers whose time has come. */
export function wakeHeld(state: RunState, now: number): void {
  if (state.held === undefined) return;
  state.held = state.held.filter(({ waiting, probe }) => waiting.length > 0 || probe !== undefined);
  for (const held of state.held) {
    const next = held.waiting[0];
    if (held.probe !== undefined || next === undefined || now < wakeAt(state, held)) continue;
    // One conversation, another one each time: one that is refused for its own sake must not hold up the others.
    const [shard, from, to] = next;
    held.waiting.shift();
    if (from + 1 < to) held.waiting.unshift([shard, from + 1, to]);
    held.probe = 'ready';
    const sources: HeldSource[] = [[shard, from, from + 1]];
    state.ready.unshift({ work: { kind: 'held', provider: held.provider, sources, probe: true }, items: 1 });
  }
}

/** Notes in which shard a probe runs. */
export function beginProbe(state: RunState, provider: string, shard: number): void {
  const held = heldOf(state, provider);
  if (held?.probe === 'ready') held.probe = shard;
}

/** When `wakeHeld` has something to do next; undefined while only shards can tell. */
export function nextWakeAt(state: RunState): number | undefined {
  const times = (state.held ?? []).flatMap((held) => (held.probe === undefined ? [wakeAt(state, held)] : []));
  return times.length === 0 ? undefined : Math.min(...times);
}

/** True when conversations wait for a provider. */
export function anyHeld({ held = [] }: RunState): boolean {
  return held.some(({ waiting, probe }) => waiting.length > 0 || probe !== undefined);
}

/** True when every conversation that could begin would be handed back. */
export function allAssistantsHeld(state: RunState): boolean {
  const { assistants = [] } = state.plan;
  return assistants.length > 0 && assistants.every((provider) => heldOf(state, provider) !== undefined);
}

/** Asks all held providers at once; returns how many there are. */
export function tryHeld(state: RunState, now: number): number {
  const { held = [] } = state;
  for (const one of held) one.dueAt = now;
  return held.length;
}

/** Providers that nobody waited for any longer get another chance. */
export function reopenProviders(state: RunState): void {
  for (const released of state.released ?? []) {
    if (released.over === undefined) continue;
    delete released.over;
    released.releases += 1;
  }
}

/** What shards have to know. */
export function standingsOf({ held = [], released = [] }: RunState): ProviderStanding[] {
  const standings = new Map<string, ProviderStanding>();
  for (const { provider, releases, over } of released) {
    standings.set(provider, { provider, releases, ...(over === undefined ? {} : { over }) });
  }
  for (const { provider, failure } of held) {
    standings.set(provider, { provider, releases: standings.get(provider)?.releases ?? 0, held: failure });
  }
  return [...standings.values()];
}

/** The providers that are held now, for people. */
export function heldRows(state: RunState): HeldRow[] {
  return (state.held ?? []).map((held) => {
    const { provider, since, waiting, probe, failure } = held;
    const items = waiting.reduce((sum, [, from, to]) => sum + to - from, probe === undefined ? 0 : 1);
    const row: HeldRow = { provider, items, since, code: failure.code, message: failure.message };
    if (failure.hint !== undefined) row.hint = failure.hint;
    if (probe === undefined) row.tryAgainAt = wakeAt(state, held);
    row.until = endOf(state, held);
    return row;
  });
}

/** How long each provider was held, in milliseconds. */
export function heldTimes({ held = [], released = [] }: RunState, now: number): { provider: string; ms: number }[] {
  const times = new Map(released.map(({ provider, heldMs }) => [provider, heldMs]));
  for (const { provider, since } of held) times.set(provider, (times.get(provider) ?? 0) + Math.max(0, now - since));
  return [...times].map(([provider, ms]) => ({ provider, ms }));
}

/** It answers again: whoever waited for it goes on. */
function release(state: RunState, provider: string, now: number): void {
  const held = heldOf(state, provider);
  if (held === undefined) return;
  letGo(state, held, now).releases += 1;
}

function giveUp(state: RunState, held: HeldProvider, now: number): void {
  const { message } = held.failure;
  const waited = formatDurationMs(now - held.since);
  letGo(state, held, now).over = { ...held.failure, message: `down for ${waited}: ${message}`, lasting: true };
}

function letGo(state: RunState, held: HeldProvider, now: number): ReleasedProvider {
  const { provider, since, waiting } = held;
  state.held = state.held?.filter((one) => one !== held);
  goOn(state, provider, waiting);
  const released = releasedOf(state, provider) ?? { provider, releases: 0, heldMs: 0 };
  if (releasedOf(state, provider) === undefined) {
    state.released ??= [];
    state.released.push(released);
  }
  released.heldMs += Math.max(0, now - since);
  return released;
}

/** Makes shards of conversations that need not wait any more. */
function goOn(state: RunState, provider: string, waiting: readonly HeldSource[]): void {
  let sources: HeldSource[] = [];
  let items = 0;
  const flush = (): void => {
    if (items > 0) state.ready.push({ work: { kind: 'held', provider, sources }, items });
    sources = [];
    items = 0;
  };
  for (const source of waiting) {
    const count = source[2] - source[1];
    if (items + count > state.plan.shardSize) flush();
    sources.push(source);
    items += count;
  }
  flush();
}

/** The last probe is made when the time is over, however long the provider asked to be left alone. */
function wakeAt(state: RunState, held: HeldProvider): number {
  return Math.min(held.dueAt, endOf(state, held));
}

function endOf({ plan }: RunState, { since }: HeldProvider): number {
  return since + (plan.holdMs ?? DEFAULT_HOLD_MS);
}

function heldOf({ held = [] }: RunState, provider: string): HeldProvider | undefined {
  return held.find((one) => one.provider === provider);
}

function releasedOf({ released = [] }: RunState, provider: string): ReleasedProvider | undefined {
  return released.find((one) => one.provider === provider);
}
