const { imul } = Math;

const FIRST_SLOTS = 1 << 12;
/** Slots that may be taken before the table doubles. */
const FULL = 0.7;

/** Several values by a key, all of them numbers, in 8 bytes a slot: between 11 and 23 bytes for each value. */
export class NumberTable {
  private keys = new Uint32Array(FIRST_SLOTS);
  /** Value + 1; 0 = the slot is free. */
  private values = new Uint32Array(FIRST_SLOTS);
  private size = 0;

  /** @param value 0 to 2³¹ − 1 */
  add(key: number, value: number): void {
    if (this.size >= this.keys.length * FULL) this.grow();
    this.put(key >>> 0, value + 1);
    this.size += 1;
  }

  /** Calls back with each value of a key until it returns true; says whether it did. */
  some(key: number, accept: (value: number) => boolean): boolean {
    const { keys, values } = this;
    const mask = keys.length - 1;
    for (let slot = start(key, mask); ; slot = (slot + 1) & mask) {
      const value = values[slot] ?? 0;
      if (value === 0) return false;
      if (keys[slot] === key >>> 0 && accept(value - 1)) return true;
    }
  }

  private put(key: number, stored: number): void {
    const mask = this.keys.length - 1;
    let slot = start(key, mask);
    while (this.values[slot] !== 0) slot = (slot + 1) & mask;
    this.keys[slot] = key;
    this.values[slot] = stored;
  }

  private grow(): void {
    const { keys, values } = this;
    this.keys = new Uint32Array(keys.length * 2);
    this.values = new Uint32Array(keys.length * 2);
    for (const [slot, value] of values.entries()) if (value !== 0) this.put(keys[slot] ?? 0, value);
  }
}

/** Keys may differ in any of their bits only. */
function start(key: number, mask: number): number {
  const bits = imul(key ^ (key >>> 16), 0x45d9f3b);
  return (bits ^ (bits >>> 16)) & mask;
}
