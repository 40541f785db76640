/** How a shard was told to end early. */
export type Stop = { kind: 'cancelled' | 'draining' | 'paused' | 'lost'; error: Error };

/** Calls in flight are to end, so that their answers are recorded, and nothing new begins. */
export const endsInOrder = ({ kind }: Stop): boolean => kind === 'draining' || kind === 'paused';
