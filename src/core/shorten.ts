/** `text` with at most `max` UTF-16 units, never cut inside a character, marked where it was cut. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = (text.codePointAt(max - 2) ?? 0) > 0xffff ? max - 2 : max - 1;
  return `${text.slice(0, end)}…`;
}
