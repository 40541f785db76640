/** Length and picture size of MP4 and QuickTime files (ISO 14496-12): the boxes `mvhd` and `tkhd`. */
import type { Dimensions, StreamFacts } from './media-size.js';

/** A file has a few dozen boxes of these kinds; more are not looked at. */
const MAX_BOXES = 10_000;

interface Box {
  type: string;
  /** What is inside. */
  body: DataView;
}

/** Boxes that stand one after the other; ends where their lengths make no sense. */
function* boxesIn(view: DataView): Generator<Box> {
  let offset = 0;
  for (let count = 0; count < MAX_BOXES && offset + 8 <= view.byteLength; count += 1) {
    const type = String.fromCharCode(...[4, 5, 6, 7].map((at) => view.getUint8(offset + at)));
    let length = view.getUint32(offset);
    let header = 8;
    if (length === 1) {
      if (offset + 16 > view.byteLength) return;
      length = Number(view.getBigUint64(offset + 8));
      header = 16;
    } else if (length === 0) {
      length = view.byteLength - offset;
    }
    if (length < header || offset + length > view.byteLength) return;
    yield { type, body: new DataView(view.buffer, view.byteOffset + offset + header, length - header) };
    offset += length;
  }
}

/** True for what begins like a file of this family. */
export function isMp4(bytes: Uint8Array): boolean {
  return bytes.byteLength >= 12 && String.fromCharCode(...bytes.subarray(4, 8)) === 'ftyp';
}

/** Length of the film and size of its picture, as far as its headers state them. */
export function mp4Facts(bytes: Uint8Array): StreamFacts {
  const file = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const facts: StreamFacts = {};
  for (const { type, body } of boxesIn(file)) {
    if (type !== 'moov') continue;
    for (const part of boxesIn(body)) {
      if (part.type === 'mvhd') facts.seconds ??= movieSeconds(part.body);
      if (part.type === 'trak') facts.dimensions ??= trackDimensions(part.body);
    }
  }
  return facts;
}

/** Flags and times, then units a second and their number. A film that is sent in fragments states none. */
function movieSeconds(header: DataView): number | undefined {
  const long = header.byteLength > 0 && header.getUint8(0) >= 1;
  if (header.byteLength < (long ? 32 : 20)) return undefined;
  const unitsPerSecond = header.getUint32(long ? 20 : 12);
  const units = long ? Number(header.getBigUint64(24)) : header.getUint32(16);
  return unitsPerSecond === 0 || units === 0 ? undefined : units / unitsPerSecond;
}

/** Tracks of sound have no width. */
function trackDimensions(track: DataView): Dimensions | undefined {
  for (const { type, body } of boxesIn(track)) if (type === 'tkhd') return headerDimensions(body);
  return undefined;
}

/** Times take 64 bits from version 1 on. Then: a matrix of nine numbers, width and height, as 16.16 fixed point. */
function headerDimensions(header: DataView): Dimensions | undefined {
  const matrix = header.byteLength > 0 && header.getUint8(0) >= 1 ? 52 : 40;
  if (header.byteLength < matrix + 44) return undefined;
  const width = header.getUint32(matrix + 36) >>> 16;
  const height = header.getUint32(matrix + 40) >>> 16;
  if (width === 0 || height === 0) return undefined;
  // Turned by a quarter, as telephones hold them: the picture is shown the other way round.
  const turned = header.getInt32(matrix) === 0 && header.getInt32(matrix + 4) !== 0;
  return turned ? { width: height, height: width } : { width, height };
}
