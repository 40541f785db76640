/** Calls that end when their signal aborts. */
interface Hub {
  calls: Set<(reason: unknown) => void>;
}

const hubs = new WeakMap<AbortSignal, Hub>();

/**
 * Calls `onAbort` when the signal aborts; the returned function takes that back. Hundreds of calls share one signal:
 * it gets a single listener, as listeners of their own would each cost more than the rest of a call's bookkeeping and
 * make Node warn of a leak.
 */
export function watchAbort(signal: AbortSignal, onAbort: (reason: unknown) => void): () => void {
  let hub = hubs.get(signal);
  if (hub === undefined) {
    const created: Hub = { calls: new Set() };
    signal.addEventListener(
      'abort',
      () => {
        for (const call of [...created.calls]) call(signal.reason);
      },
      { once: true },
    );
    hubs.set(signal, created);
    hub = created;
  }
  const { calls } = hub;
  calls.add(onAbort);
  return () => calls.delete(onAbort);
}

/** Whether anybody still waits for the signal to abort. */
export function isWatched(signal: AbortSignal): boolean {
  return (hubs.get(signal)?.calls.size ?? 0) > 0;
}
