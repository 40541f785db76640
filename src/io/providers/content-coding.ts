/** Content codings of answers (RFC 9110 §8.4): nobody asks for one, and some gateways use them all the same. */
import { brotliDecompressSync, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import { ArenaError } from '../../core/errors.js';
import { tooLarge } from './too-large.js';

const DECODERS: ReadonlyMap<string, (bytes: Buffer, options: ZlibOptions) => Buffer> = new Map([
  ['gzip', gunzipSync],
  ['x-gzip', gunzipSync],
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);

/** Longest body that is decoded: it is done at one go, and a little of it may hold much. */
const MAX_DECODED_BYTES = 16 * 1024 * 1024;

/** Coding of a body, in lower case; undefined when it stands as it is. */
export function contentCoding(headers: { [name: string]: string | string[] | undefined }): string | undefined {
  const coding = headers['content-encoding']?.toString().trim().toLowerCase();
  return coding === '' || coding === 'identity' ? undefined : coding;
}

/** The body itself. Throws an `ArenaError` when it cannot be had, or has more than `maxBytes`. */
export function decodeContent(bytes: Buffer, coding: string, maxBytes: number): Buffer {
  const decode = DECODERS.get(coding);
  if (decode === undefined) throw unreadable(`in a coding that nobody asked for (${coding.slice(0, 40)})`);
  const maxOutputLength = Math.min(maxBytes, MAX_DECODED_BYTES);
  try {
    return decode(bytes, { maxOutputLength });
  } catch (error) {
    if (Object(error).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxOutputLength);
    throw unreadable(`as ${coding}, which it is not`);
  }
}

function unreadable(how: string): ArenaError {
  const hint = 'have the service, or the gateway before it, send its answers as they are';
  return new ArenaError({ code: 'malformed_answer', message: `The answer came ${how}.`, hint });
}
