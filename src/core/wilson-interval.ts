/** Normal quantile of a two-sided interval at 95 %. */
const Z = 1.959963984540054;

/**
 * Wilson score interval at 95 % of a share, both ends 0..1: where the true rate lies if the tries were independent. Honest
 * at few tries and at 0 or 100 %, where the usual interval shrinks to nothing. Undefined when nothing was tried.
 */
export function wilsonInterval(part: number, whole: number): { low: number; high: number } | undefined {
  if (whole === 0) return undefined;
  const rate = part / whole;
  const square = Z * Z;
  const scale = 1 + square / whole;
  const middle = (rate + square / (2 * whole)) / scale;
  const half = (Z / scale) * Math.sqrt((rate * (1 - rate)) / whole + square / (4 * whole * whole));
  // Rounding must not leave the rate itself outside.
  return { low: part === 0 ? 0 : middle - half, high: part === whole ? 1 : middle + half };
}
