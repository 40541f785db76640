/**
 * Lines of a shard's segments: a tag, small fixed fields, then JSON. A line without its line feed was never promised
 * to anybody and does not count.
 *
 *   S<item> <attempt> <alone>               the item was begun
 *   C<item> <occurrence> <hash> <json>      an answer from outside, by its request and how often it was made before
 *   I<item> <attempt> <json>                the finished conversation (ConversationRecord)
 *   D<item> <attempt> <json>                handed back after a failure that passes by itself (Failure)
 *   W<item> <attempt> <time>                handed back until that time, milliseconds since the epoch
 *   H<item> <attempt> <json>                handed back because its provider is down (HeldMark)
 *   R<item>                                 held again from its start: its answers so far do not count
 *   E                                       the attempt ended in order: what it had begun did not crash it
 */
export type SegmentLine =
  | { tag: 'S'; item: number; attempt: number; alone: boolean }
  | { tag: 'C'; item: number; occurrence: number; hash: string; json: string }
  | { tag: 'I'; item: number; attempt: number; jsonOffset: number; json: string }
  | { tag: 'D' | 'W' | 'H'; item: number; attempt: number; json: string }
  | { tag: 'R'; item: number }
  | { tag: 'E' };

export function startLine(item: number, attempt: number, alone: boolean): string {
  return `S${item} ${attempt} ${alone ? 1 : 0}`;
}

export function callLine(item: number, occurrence: number, hash: string, answerJson: string): string {
  return `C${item} ${occurrence} ${hash} ${answerJson}`;
}

/** Everything before the JSON of an `I` line; its length is the JSON's offset in the line. */
export function itemPrefix(item: number, attempt: number): string {
  return `I${item} ${attempt} `;
}

export function deferredLine(item: number, attempt: number, failureJson: string): string {
  return `D${item} ${attempt} ${failureJson}`;
}

export function waitLine(item: number, attempt: number, epochMs: number): string {
  return `W${item} ${attempt} ${Math.ceil(epochMs)}`;
}

export function heldLine(item: number, attempt: number, markJson: string): string {
  return `H${item} ${attempt} ${markJson}`;
}

export function restartLine(item: number): string {
  return `R${item}`;
}

export const END_LINE = 'E';

const LINE = /^([SCID])(\d+) (\d+) ?(?:([0-9a-f]+) )?/;

/** Undefined for a line that is none of ours: a damaged file must not stop a run. */
export function parseLine(line: string): SegmentLine | undefined {
  if (line === END_LINE) return { tag: 'E' };
  if (line.startsWith('S')) {
    const match = /^S(\d+) (\d+) ([01])$/.exec(line);
    return match ? { tag: 'S', item: Number(match[1]), attempt: Number(match[2]), alone: match[3] === '1' } : undefined;
  }
  if (line.startsWith('R')) {
    const match = /^R(\d+)$/.exec(line);
    return match ? { tag: 'R', item: Number(match[1]) } : undefined;
  }
  const match = (line.startsWith('C') ? LINE : /^([IDWH])(\d+) (\d+) /).exec(line);
  if (match === null) return undefined;
  const [prefix, tag, item, second] = [match[0], match[1], Number(match[2]), Number(match[3])];
  const json = line.slice(prefix.length);
  if (tag === 'C') return { tag, item, occurrence: second, hash: match[4] ?? '', json };
  if (tag === 'I') return { tag, item, attempt: second, jsonOffset: prefix.length, json };
  return { tag: tag === 'W' || tag === 'H' ? tag : 'D', item, attempt: second, json };
}

/** The terminated lines of a segment with the byte offset of each. */
export function* linesOf(segment: Uint8Array): Generator<{ text: string; offset: number }> {
  const buffer = Buffer.from(segment.buffer, segment.byteOffset, segment.byteLength);
  for (let from = 0; ; ) {
    const end = buffer.indexOf(0x0a, from);
    if (end === -1) return;
    yield { text: buffer.toString('utf8', from, end), offset: from };
    from = end + 1;
  }
}
