import { broken, MAX_HEADER_BYTES, readHeader } from './pack.js';

/** A file of a pack that is read piece by piece. */
export interface StreamedFile {
  path: string;
  bytes: number;
  /** To be read to its end before the next file is asked for. */
  content: AsyncIterable<Uint8Array>;
}

/**
 * Files of a pack of any size, one after the other: no more of it than the list of its files and one piece is held at a
 * time. Throws as `unpackFiles` does, though of what comes late only when it has come that far.
 */
export async function* unpackStream(pack: AsyncIterable<Uint8Array>): AsyncGenerator<StreamedFile> {
  const pieces = new Pieces(pack);
  try {
    for (const { path, bytes } of readHeader(await pieces.line()).files) {
      yield { path, bytes, content: pieces.take(bytes) };
      if (pieces.open > 0) throw new Error(`${path} was not read to its end`);
    }
    if (await pieces.hasMore()) throw broken('has bytes that belong to no file');
  } finally {
    await pieces.close();
  }
}

/** Bytes that come in pieces of any size, taken in parts of other sizes. */
class Pieces {
  /** Bytes of the part that is being taken which have not been handed out. */
  open = 0;
  private rest: Uint8Array = new Uint8Array();
  private readonly source: AsyncIterator<Uint8Array>;

  constructor(pack: AsyncIterable<Uint8Array>) {
    this.source = pack[Symbol.asyncIterator]();
  }

  /** Up to the first line feed, which is taken away with it. */
  async line(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let bytes = 0; bytes < MAX_HEADER_BYTES && (await this.hasMore()); ) {
      const end = this.rest.indexOf(0x0a);
      parts.push(end < 0 ? this.rest : this.rest.subarray(0, end));
      bytes += this.rest.byteLength;
      this.rest = end < 0 ? new Uint8Array() : this.rest.subarray(end + 1);
      if (end >= 0) return Buffer.concat(parts);
    }
    throw broken('has no header');
  }

  async *take(bytes: number): AsyncGenerator<Uint8Array> {
    this.open = bytes;
    while (this.open > 0) {
      if (!(await this.hasMore())) throw broken('is cut short');
      const piece = this.rest.subarray(0, this.open);
      this.rest = this.rest.subarray(piece.byteLength);
      this.open -= piece.byteLength;
      yield piece;
    }
  }

  async hasMore(): Promise<boolean> {
    while (this.rest.byteLength === 0) {
      const { done, value } = await this.source.next();
      if (done) return false;
      this.rest = value;
    }
    return true;
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }
}
