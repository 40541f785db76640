const { imul } = Math;

const MASK = 0x7fff_ffff;

/** Mixes 31 bits; each step can be undone, so that different numbers stay different. */
function mixed(value: number): number {
  let bits = value & MASK;
  bits ^= bits >>> 16;
  bits = imul(bits, 0x45d9f3b) & MASK;
  bits ^= bits >>> 15;
  bits = imul(bits, 0x2c1b3c6d) & MASK;
  return bits ^ (bits >>> 16);
}

/**
 * The seed of a record: 0 to 2³¹ − 1, which every provider takes. Records of one set never share it.
 *
 * @param seed of the whole set; any integer
 * @param index of the item, below 2³¹
 */
export function recordSeed(seed: number, index: number): number {
  const high = mixed(Math.floor(seed / 2 ** 31));
  return mixed(index + mixed((seed & MASK) ^ high));
}
