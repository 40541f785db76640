/** Waits for everything that runs side by side, also when a part of it fails: nothing goes on behind the end. */
export async function allEnded<T>(running: Iterable<Promise<T>>): Promise<T[]> {
  const ended = await Promise.allSettled(running);
  return ended.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
}
