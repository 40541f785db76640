import { StringDecoder } from 'node:string_decoder';
import { tooLarge } from '../too-large.js';

/**
 * Splits server-sent events (WHATWG HTML, "Server-sent events") into the data of each event. Names, ids and retry
 * times are dropped: chat streams use data alone.
 */
export class SseReader {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';
  private data: string[] = [];

  /** @param maxLine Longest line in characters; a longer one is an `answer_too_large`. */
  constructor(
    private readonly onData: (data: string) => void,
    private readonly maxLine: number,
  ) {}

  push(chunk: Buffer): void {
    const text = this.rest + this.decoder.write(chunk);
    let from = 0;
    // What was left over holds no line end: searching it again at each chunk would make a long line quadratic.
    for (let to = text.indexOf('\n', this.rest.length); to !== -1; to = text.indexOf('\n', from)) {
      this.line(text.slice(from, text[to - 1] === '\r' && to > from ? to - 1 : to));
      from = to + 1;
    }
    this.rest = text.slice(from);
    if (this.rest.length > this.maxLine) throw tooLarge(this.maxLine);
  }

  /** The stream has ended: an event that lacks its blank line still counts. */
  end(): void {
    if (this.rest !== '') this.line(this.rest);
    this.rest = '';
    this.line('');
  }

  private line(line: string): void {
    if (line === '') {
      if (this.data.length > 0) this.onData(this.data.length === 1 ? (this.data[0] ?? '') : this.data.join('\n'));
      this.data = [];
    } else if (line.startsWith('data:')) {
      this.data.push(line.slice(line[5] === ' ' ? 6 : 5));
    }
  }
}
