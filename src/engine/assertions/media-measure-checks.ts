/** Checks that look into the media of messages: the size of images and video, the length of audio and video. */
import type { Bundle } from '../../bundle/bundle.js';
import type { ContentPart } from '../../core/conversation.js';
import { contentOf, Unmeasurable } from '../media-content.js';
import { type Dimensions, dimensionsOfImage } from '../media-size.js';
import { streamFacts } from '../media-stream.js';
import {
  type CheckFactory,
  fail,
  idle,
  optionalNumber,
  optionalTexts,
  ParameterFault,
  type Params,
  quoted,
  verdict,
} from './check.js';
import type { ConversationView } from './view.js';

type Kind = 'image' | 'audio' | 'video';

/** What one medium is like, in words, and whether it complies. */
interface Measured {
  found: string;
  complies: boolean;
}

/** Every medium of the kind must comply, and there must be one. */
function everyMedium(kind: Kind, bundle: Bundle, measure: (part: ContentPart, bundle: Bundle) => Promise<Measured>) {
  return async (view: ConversationView) => {
    const parts = view.messages.flatMap((message) => message.parts ?? []).filter((part) => part.type === kind);
    if (parts.length === 0) return fail(`no ${kind} in the conversation`);
    let complies = true;
    const found: string[] = [];
    for (const [index, part] of parts.entries()) {
      const measured = await measure(part, bundle).catch(unmeasured);
      complies &&= measured.complies;
      found.push(`${kind} ${index + 1} ${measured.found}`);
    }
    return verdict(complies, found.join('; '));
  };
}

function unmeasured(error: unknown): Measured {
  if (!(error instanceof Unmeasurable)) throw error;
  return { found: error.message, complies: false };
}

/** What the content says; what the author states of it counts where the content is not here. */
async function imageSizeOf(part: ContentPart, bundle: Bundle): Promise<Dimensions> {
  return statedSize(part) ?? dimensionsOfImage(contentOf(part, bundle));
}

async function videoSizeOf(part: ContentPart, bundle: Bundle): Promise<Dimensions> {
  const stated = statedSize(part);
  if (stated !== undefined) return stated;
  const { dimensions } = await streamFacts(contentOf(part, bundle));
  if (dimensions === undefined) throw new Unmeasurable('states no width and height');
  return dimensions;
}

const isHere = ({ data, filePath }: ContentPart): boolean => data !== undefined || filePath !== undefined;

function statedSize(part: ContentPart): Dimensions | undefined {
  const { width, height } = part;
  return isHere(part) || width === undefined || height === undefined ? undefined : { width, height };
}

async function secondsOf(part: ContentPart, bundle: Bundle): Promise<number> {
  if (!isHere(part) && part.durationMs !== undefined) return part.durationMs / 1000;
  const { seconds } = await streamFacts(contentOf(part, bundle));
  if (seconds === undefined) throw new Unmeasurable('states no length');
  return seconds;
}

/** Exact values and bounds of one number. */
function rangeOf(params: Params, name: string): ((value: number) => boolean) | undefined {
  const exact = optionalNumber(params, name);
  const min = optionalNumber(params, `min_${name}`);
  const max = optionalNumber(params, `max_${name}`);
  if (exact === undefined && min === undefined && max === undefined) return undefined;
  return (value) => value === (exact ?? value) && value >= (min ?? value) && value <= (max ?? value);
}

const inWords = ({ width, height }: Dimensions): string => `measures ${width}×${height}`;

export const imageDimensions: CheckFactory = (params, { bundle }) => {
  const width = rangeOf(params, 'width');
  const height = rangeOf(params, 'height');
  if (width === undefined && height === undefined) return idle('no width and no height is given');
  return everyMedium('image', bundle, async (part) => {
    const size = await imageSizeOf(part, bundle);
    return { found: inWords(size), complies: (width?.(size.width) ?? true) && (height?.(size.height) ?? true) };
  });
};

/** Lines of the usual resolutions. They are counted along the shorter side: a film may stand upright. */
const PRESETS: ReadonlyMap<string, number> = new Map([
  ['240p', 240],
  ['360p', 360],
  ['480p', 480],
  ['sd', 480],
  ['576p', 576],
  ['720p', 720],
  ['hd', 720],
  ['1080p', 1080],
  ['fhd', 1080],
  ['full_hd', 1080],
  ['1440p', 1440],
  ['2k', 1440],
  ['qhd', 1440],
  ['2160p', 2160],
  ['4k', 2160],
  ['uhd', 2160],
  ['4320p', 4320],
  ['8k', 4320],
]);

function presetLines(params: Params): number[] | undefined {
  const presets = optionalTexts(params, 'presets', 'preset') ?? [];
  if (presets.length === 0) return undefined;
  return presets.map((preset) => {
    const lines = PRESETS.get(preset.toLowerCase());
    if (lines !== undefined) return lines;
    throw new ParameterFault(`there is no preset "${preset}"; there are ${quoted(PRESETS.keys())}`);
  });
}

/** One of the presets, where any are given, and all of the bounds. */
export const videoResolution: CheckFactory = (params, { bundle }) => {
  const presets = presetLines(params);
  const width = rangeOf(params, 'width');
  const height = rangeOf(params, 'height');
  if (presets === undefined && width === undefined && height === undefined) return idle('no resolution is given');
  return everyMedium('video', bundle, async (part) => {
    const size = await videoSizeOf(part, bundle);
    const known = presets?.includes(Math.min(size.width, size.height)) ?? true;
    return {
      found: inWords(size),
      complies: known && (width?.(size.width) ?? true) && (height?.(size.height) ?? true),
    };
  });
};

function durationOf(kind: 'audio' | 'video'): CheckFactory {
  return (params, { bundle }) => {
    const range = rangeOf(params, 'seconds');
    if (range === undefined) return idle('no length is given');
    return everyMedium(kind, bundle, async (part) => {
      const seconds = await secondsOf(part, bundle);
      return { found: `lasts ${Number(seconds.toFixed(3))} s`, complies: range(seconds) };
    });
  };
}

export const audioDuration: CheckFactory = durationOf('audio');
export const videoDuration: CheckFactory = durationOf('video');
