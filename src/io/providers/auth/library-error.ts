/** What libraries of clouds say of a failure, as far as it may be told. */

/** V8 repeats the text that it cannot parse, which may be the key itself. */
const REPEATED_TEXT = /Unexpected |not valid JSON|JSON at position/;

/** First line, without the last full stop; empty when nothing is said. */
export function saidBy(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (REPEATED_TEXT.test(text)) return 'what was found is not valid JSON';
  return (text.split('\n')[0] ?? '').trim().replace(/\.$/, '').slice(0, 200);
}
