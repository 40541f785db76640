/** What came of the conversations up to a number. */
export interface Yield {
  items: number;
  /** Valid records among them, `surplus` included. */
  records: number;
}

/** Shares of conversations that give a record below which a round is not made longer. */
const LEAST_YIELD = 0.05;

/**
 * Conversations of a further round: as many as will give what is missing if they do as the others did, or as those of
 * the last round where these did worse (the longer a set, the more of it has been said). After a round that gave next
 * to nothing, at least twice as many as it had: all that there is left may have been said, and each round looks through
 * all conversations once more. 0 = there is no need, or `limit` is reached.
 *
 * @param before where the last round began; nothing before the first one
 */
export function nextRound(count: number, limit: number, now: Yield, before: Yield = { items: 0, records: 0 }): number {
  const missing = count - now.records;
  if (missing <= 0) return 0;
  const all = now.records / Math.max(1, now.items);
  const held = now.items - before.items;
  const last = held === 0 ? all : (now.records - before.records) / held;
  const rate = Math.max(LEAST_YIELD, Math.min(all, last));
  const least = last < LEAST_YIELD ? 2 * held : 0;
  return Math.min(limit - now.items, Math.max(least, Math.ceil(missing / rate)));
}
