import type { ContentPart } from '../../core/conversation.js';
import { shorten } from '../../core/shorten.js';
import { formatCount } from '../figures.js';
import { MAX_NOTE, MAX_TEXT, type TextBudget } from './text-budget.js';

/** A piece of a message that is not its text. */
export interface PartView {
  label: string;
  text?: string;
  /** `data:` address of an image, a sound or a film that the conversation carries itself. */
  image?: string;
  audio?: string;
  video?: string;
}

/** Characters of base64. */
const MAX_MEDIA = 350_000;

/** Formats that a browser decodes without running anything. */
const PLAYABLE: { [kind in 'image' | 'audio' | 'video']: RegExp } = {
  image: /^image\/(png|jpeg|gif|webp)$/,
  audio: /^audio\/(mpeg|mp3|mp4|ogg|opus|wav|x-wav|wave|webm|aac|flac)$/,
  video: /^video\/(mp4|webm|ogg)$/,
};
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What lies behind an address or a path is named and never loaded. */
export function partView(part: ContentPart, budget: TextBudget): PartView {
  if (part.type === 'text') return { label: 'text', text: budget.take(part.text ?? '', MAX_TEXT).text };
  const { mimeType = '', data = '' } = part;
  const size = data === '' ? [] : [`${formatCount(Math.ceil((data.length * 3) / 4 / 1024))} KiB`];
  const origin = part.filePath ?? part.url;
  const words = [part.type, mimeType, ...(origin ? [shorten(origin, 300)] : []), ...size];
  const label = words.filter((word) => word !== '').join(' · ');
  return {
    label,
    ...(part.caption ? { text: shorten(part.caption, MAX_NOTE) } : {}),
    ...playable(mimeType, data, budget),
  };
}

function playable(mimeType: string, data: string, budget: TextBudget): Pick<PartView, 'image' | 'audio' | 'video'> {
  const kind = (['image', 'audio', 'video'] as const).find((one) => PLAYABLE[one].test(mimeType));
  if (kind === undefined || data.length > MAX_MEDIA || !BASE64.test(data)) return {};
  const taken = budget.take(data, MAX_MEDIA);
  return taken.cut === 0 ? { [kind]: `data:${mimeType};base64,${taken.text}` } : {};
}
