import { StringDecoder } from 'node:string_decoder';
import { tooLarge } from '../too-large.js';

/** Splits lines of JSON, one object a line (ndjson.org). Blank lines are allowed. */
export class NdjsonReader {
  private readonly decoder = new StringDecoder('utf8');
  private rest = '';

  /** @param maxLine Longest line in characters; a longer one is an `answer_too_large`. */
  constructor(
    private readonly onLine: (line: string) => void,
    private readonly maxLine: number,
  ) {}

  push(chunk: Buffer): void {
    const text = this.rest + this.decoder.write(chunk);
    let from = 0;
    // What was left over holds no line end: searching it again at each chunk would make a long line quadratic.
    for (let to = text.indexOf('\n', this.rest.length); to !== -1; to = text.indexOf('\n', from)) {
      this.line(text.slice(from, to));
      from = to + 1;
    }
    this.rest = text.slice(from);
    if (this.rest.length > this.maxLine) throw tooLarge(this.maxLine);
  }

  /** The stream has ended: a last line without its end still counts. */
  end(): void {
    this.line(this.rest + this.decoder.end());
    this.rest = '';
  }

  private line(line: string): void {
    if (line.trim() !== '') this.onLine(line);
  }
}
