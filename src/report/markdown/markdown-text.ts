import { shorten } from '../../core/shorten.js';
import { plainLine, plainText } from '../plain-text.js';

/** Longest run of backticks in a text. */
function longestTicks(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
}

/**
 * Text from outside within a line: a code span, since nothing in it is a link, an image, a mention or HTML.
 * Also safe in a table cell: a bar would end it, and readers disagree on how to escape one after a backslash.
 */
export function codeSpan(text: string, max = 200): string {
  const line = shorten(plainLine(text), max).replaceAll('|', '│');
  if (line === '') return '';
  const ticks = '`'.repeat(longestTicks(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return `${ticks}${pad}${line}${pad}${ticks}`;
}

/** Text from outside as a block of its own, behind a fence that the text cannot close. */
export function fenced(text: string): string {
  const plain = plainText(text);
  const fence = '`'.repeat(Math.max(3, longestTicks(plain) + 1));
  return `${fence}text\n${plain}\n${fence}\n`;
}

/** Our own sentences, which may name things of the user: what Markdown or a linker of addresses knows is escaped. */
export function prose(text: string): string {
  return plainLine(text).replace(/[\\`*_{}[\]<>#+!|~$^&=@]|:(?=\/\/)|(?<=www)\./g, '\\$&');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  return line(head) + line(head.map((_, index) => (index === 0 ? '---' : '---:'))) + rows.map(line).join('');
}
