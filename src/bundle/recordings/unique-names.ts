/** Gives each name once: later ones of the same kind get a number, `name~2`. */
export function uniqueNames(): (wanted: string) => string {
  const taken = new Set<string>();
  // Files may hold one name very often, so that trying every number anew would take for ever.
  const next = new Map<string, number>();
  return (wanted) => {
    let name = wanted;
    let number = next.get(wanted) ?? 2;
    while (taken.has(name)) {
      name = `${wanted}~${number}`;
      number += 1;
    }
    next.set(wanted, number);
    taken.add(name);
    return name;
  };
}
