/** Width and height of images, out of their headers. */
import { disableTypes, imageSize } from 'image-size';
import { Unmeasurable } from './media-content.js';

export interface Dimensions {
  /** Pixels. */
  width: number;
  height: number;
}

/** What a container of audio or video states. */
export interface StreamFacts {
  seconds?: number;
  dimensions?: Dimensions;
}

/** Headers come early; what follows is not looked at, so that no made-up file keeps the process busy. */
const MAX_HEADER_BYTES = 512 * 1024;

/** TGA has no mark of its own: anything that begins with zeros would count as one. */
disableTypes(['tga']);

/** Throws `Unmeasurable` for what is no image, or one that is cut off. */
export function dimensionsOfImage(bytes: Uint8Array): Dimensions {
  let found: Dimensions;
  try {
    // A copy: the library would read on behind the end of a piece, into whatever shares its buffer.
    found = imageSize(Uint8Array.from(bytes.subarray(0, MAX_HEADER_BYTES)));
  } catch (error) {
    throw new Unmeasurable(`cannot be read as an image: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { width, height } = found;
  if (!(width > 0 && height > 0)) throw new Unmeasurable('cannot be read as an image: it states no size');
  return { width, height };
}
