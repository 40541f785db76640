/** Parts of messages as the bundle writes them, turned into what providers get and what records keep. */
import { posix } from 'node:path';
import { mediaFolder } from '../bundle/attachments.js';
import type { Bundle } from '../bundle/bundle.js';
import { bundlePath } from '../bundle/bundle-path.js';
import type { ContentPart } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { ContentPartSpec } from '../schema/content-part.js';

const MIME_TYPES: { [extension: string]: string } = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
  '.mp3': 'audio/mpeg',
  '.wav': 'audio/wav',
  '.ogg': 'audio/ogg',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
  '.pdf': 'application/pdf',
};

/**
 * The part as providers get it, with the content of its file. Throws an `ArenaError` when a part says nothing, or names
 * a file that the bundle does not have.
 */
export function preparePart(spec: ContentPartSpec, bundle: Bundle, place: string): ContentPart {
  if (spec.type === 'text') return { type: 'text', text: spec.text ?? '' };
  const { media } = spec;
  const part: ContentPart = { type: spec.type };
  const mimeType = media?.mime_type ?? MIME_TYPES[posix.extname(media?.file_path ?? media?.url ?? '').toLowerCase()];
  if (mimeType !== undefined) part.mimeType = mimeType;
  if (media?.detail !== undefined) part.detail = media.detail;
  if (media?.caption !== undefined) part.caption = media.caption;
  if (media?.width !== undefined) part.width = media.width;
  if (media?.height !== undefined) part.height = media.height;
  if (media?.duration !== undefined) part.durationMs = media.duration * 1000;
  if (media?.url !== undefined) return { ...part, url: media.url };
  if (media?.data !== undefined) return { ...part, data: media.data };
  if (media?.file_path !== undefined) {
    return { ...part, filePath: media.file_path, data: fileContent(media.file_path, bundle, place) };
  }
  throw new ArenaError({
    code: 'invalid_input',
    message: `${place} a part of type ${spec.type} has no content`,
    hint: 'give one of media.file_path, media.url and media.data',
  });
}

/** The part as records keep it: a file by its name, everything else as written. */
export function recordPart(part: ContentPart): ContentPart {
  if (part.filePath === undefined || part.data === undefined) return part;
  const { data: _, ...rest } = part;
  return rest;
}

function fileContent(path: string, bundle: Bundle, place: string): string {
  const file = bundle.files.get(bundlePath(mediaFolder(bundle), path));
  if (file === undefined) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `${place} there is no file ${path} in the bundle`,
      hint: 'paths count from the Arena file’s folder, or from defaults.config_dir',
    });
  }
  return Buffer.from(file).toString('base64');
}
