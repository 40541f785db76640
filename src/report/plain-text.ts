/**
 * Characters that do harm outside JSON: controls but tab and line feed (terminal escapes, and what XML 1.0 forbids),
 * marks that reorder the text around them, noncharacters, lone surrogates.
 */
const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]|\p{Surrogate}/gu;

/** Text from outside for formats that people open in other programs: line feeds only, harmful characters as U+FFFD. */
export function plainText(text: string): string {
  return text.replace(/\r\n?/g, '\n').replace(HARMFUL, '\ufffd');
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/g, ' ').trim();
}
