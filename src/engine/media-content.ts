/** The bytes behind a part of a message, for checks that look into media. */
import { mediaFolder } from '../bundle/attachments.js';
import type { Bundle } from '../bundle/bundle.js';
import { bundlePath } from '../bundle/bundle-path.js';
import type { ContentPart } from '../core/conversation.js';

/** Longer media are not looked into. */
const MAX_MEDIA_BYTES = 64 * 1024 * 1024;

/** Why a part cannot be looked into; reads on from "image 1 ". */
export class Unmeasurable extends Error {
  override readonly name = 'Unmeasurable';
}

/** Throws `Unmeasurable` for what is not here: an address is never fetched, since its content may be another each time. */
export function contentOf(part: ContentPart, bundle: Bundle): Uint8Array {
  const bytes = bytesOf(part, bundle);
  if (bytes.byteLength > MAX_MEDIA_BYTES) {
    throw new Unmeasurable(`is larger than ${MAX_MEDIA_BYTES} bytes and is not looked into`);
  }
  return bytes;
}

function bytesOf({ data, filePath, url }: ContentPart, bundle: Bundle): Uint8Array {
  if (data !== undefined) {
    // Four characters of base64 stand for three bytes; a text that is far too long is not even decoded.
    if (data.length > MAX_MEDIA_BYTES * 2) throw new Unmeasurable(`is larger than ${MAX_MEDIA_BYTES} bytes`);
    return Buffer.from(data, 'base64');
  }
  if (filePath !== undefined) {
    const file = bundle.files.get(bundlePath(mediaFolder(bundle), filePath));
    if (file === undefined) throw new Unmeasurable(`is the file ${filePath}, which the bundle does not have`);
    return file;
  }
  if (url !== undefined)
    throw new Unmeasurable('stands at an address, which is not fetched; state its size in the part');
  throw new Unmeasurable('has no content');
}
