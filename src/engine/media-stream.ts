/** Length of audio and video, and the size of video, out of their containers. */
import { Unmeasurable } from './media-content.js';
import type { StreamFacts } from './media-size.js';
import { isMp4, mp4Facts } from './mp4-boxes.js';

/** Reads of a container. A few hundred are usual; made-up files ask for millions. */
const MAX_READS = 50_000;

/** Reads after which others get their turn: a check must not starve the heartbeats of its shard. */
const READS_BETWEEN_PAUSES = 500;

/** Bytes that count how often they are read: the parser has no bound of its own. */
class CountedBytes extends Blob {
  private reads = 0;

  constructor(private readonly content: Uint8Array) {
    super([]);
    Object.defineProperty(this, 'size', { value: content.byteLength });
  }

  override slice(start?: number, end?: number): Blob {
    this.reads += 1;
    if (this.reads > MAX_READS) throw new Unmeasurable('cannot be read: it consists of too many pieces');
    const pause = this.reads % READS_BETWEEN_PAUSES === 0;
    const arrayBuffer = async (): Promise<ArrayBuffer> => {
      if (pause) await new Promise((resolve) => setImmediate(resolve));
      return Uint8Array.from(this.content.subarray(start, end)).buffer;
    };
    return Object.create(Blob.prototype, { arrayBuffer: { value: arrayBuffer } });
  }
}

/** Throws `Unmeasurable` for what is no audio or video. A fact that the container does not state is missing. */
export async function streamFacts(bytes: Uint8Array): Promise<StreamFacts> {
  if (isMp4(bytes)) return mp4Facts(bytes);
  const { duration, trackInfo } = await formatOf(bytes);
  const facts: StreamFacts = {};
  if (duration !== undefined && Number.isFinite(duration)) facts.seconds = duration;
  const video = trackInfo.find((track) => track.video !== undefined)?.video;
  const { pixelWidth: width, pixelHeight: height } = video ?? {};
  if (width !== undefined && height !== undefined && width > 0 && height > 0) facts.dimensions = { width, height };
  return facts;
}

/** By the content alone: under a stated type the parser would find a frame of sound in any noise. */
async function formatOf(bytes: Uint8Array) {
  try {
    // Loaded when it is first needed: few bundles hold sound, and every worker would pay for it.
    const { parseBlob } = await import('music-metadata');
    const options = { duration: true, skipCovers: true, skipPostHeaders: true };
    return (await parseBlob(new CountedBytes(bytes), options)).format;
  } catch (error) {
    if (error instanceof Unmeasurable) throw error;
    throw new Unmeasurable(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
