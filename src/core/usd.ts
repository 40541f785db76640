/** `$0`, `$0.0042`, `$1.90`: two digits that count, cents from a dollar on. For people. */
export function formatUsd(usd: number): string {
  if (usd === 0) return '$0';
  return usd >= 1 ? `$${usd.toFixed(2)}` : `$${Number(usd.toPrecision(2))}`;
}
