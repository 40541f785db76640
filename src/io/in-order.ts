/**
 * What `work` makes of each item, in the order of the items, with at most `atMost` of them under way or waiting to be
 * taken. The first failure ends it.
 */
export async function* inOrder<T, R>(
  items: Iterable<T>,
  atMost: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for (const item of items) {
    const begun = work(item);
    // Its failure is told when its turn comes; until then it is nobody's unhandled rejection.
    begun.catch(() => undefined);
    underWay.push(begun);
    if (underWay.length >= atMost) yield await (underWay.shift() as Promise<R>);
  }
  for (const begun of underWay) yield await begun;
}

/** Does the work for each item, at most `atMost` at a time. */
export async function forEachAtMost<T>(
  items: Iterable<T>,
  atMost: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for await (const _ of inOrder(items, atMost, work));
}
