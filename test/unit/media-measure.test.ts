import { beforeAll, describe, expect, test } from '@jest/globals';
import { dimensionsOfImage } from '../../src/engine/media-size.js';
import { streamFacts } from '../../src/engine/media-stream.js';
import { cpuMs } from '../helpers/cpu-time.js';
import { gif, jpeg, mp3, mp4, png, wav, webm } from '../helpers/media-files.js';

const MIB = 1024 * 1024;

function noise(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = 1;
  for (let index = 0; index < length; index += 1) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

/** MPEG audio whose frames differ in their rates, as many tools write music: each frame has to be looked at. */
function variableRate(frames: number): Uint8Array {
  const rates = [
    ['fffb9000', 417],
    ['fffba000', 522],
    ['fffb7000', 313],
  ] as const;
  const kinds = rates.map(([head, length]) => Buffer.concat([Buffer.from(head, 'hex')], length));
  return Buffer.concat(Array.from({ length: frames }, (_, index) => kinds[index % 3] ?? Buffer.alloc(0)));
}

const repeated = (pattern: string, length: number): Uint8Array => Buffer.alloc(length, Buffer.from(pattern, 'hex'));

describe('the size of an image', () => {
  test.each<[string, Uint8Array, number, number]>([
    ['PNG', png(640, 480), 640, 480],
    ['GIF', gif(1, 65535), 1, 65535],
    ['JPEG', jpeg(800, 600), 800, 600],
    ['JPEG with much before its size', jpeg(800, 600, 60_000), 800, 600],
    ['SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"></svg>'), 30, 20],
  ])('%s', (_, bytes, width, height) => {
    expect(dimensionsOfImage(bytes)).toEqual({ width, height });
  });

  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['zeros', new Uint8Array(MIB)],
    ['noise', noise(MIB)],
    ['a text', Buffer.from('no image')],
    ['a PNG cut off', png(640, 480).subarray(0, 18)],
    ['a PNG without width', png(0, 480)],
    ['a JPEG cut off', jpeg(800, 600).subarray(0, 8)],
    ['a JPEG of empty segments', Buffer.concat([Buffer.from('ffd8', 'hex'), repeated('ffe00002', 64 * MIB)])],
    ['an SVG that does not end', Buffer.from(`<svg ${' a="b" c'.repeat(100_000)}`)],
    ['an SVG that nearly ends', Buffer.from(`<svg ${'"\'x'.repeat(20_000)}`)],
    [
      'a HEIC without boxes',
      Buffer.concat([Buffer.from('0000001866747970', 'hex'), Buffer.from('heic'), new Uint8Array(MIB)]),
    ],
    ['an icon file of empty icons', Buffer.concat([Buffer.from('icns00000000'), new Uint8Array(MIB)])],
    ['a TIFF without tags', Buffer.concat([Buffer.from('49492a0008000000', 'hex'), repeated('ff', MIB)])],
  ])('is not read from %s, and that is found out soon', (_, bytes) => {
    const started = cpuMs();
    expect(() => dimensionsOfImage(bytes)).toThrow('cannot be read as an image');
    // On a slow machine a linear search of the largest takes more than a second; anything worse would take minutes.
    expect(cpuMs() - started).toBeLessThan(8000);
  });
});

describe('the length of audio and video', () => {
  /** What music of 78 seconds costs on this machine. */
  let usualMs: number;
  beforeAll(async () => {
    const started = cpuMs();
    expect((await streamFacts(variableRate(3000))).seconds).toBeCloseTo((3000 * 1152) / 44100, 1);
    usualMs = cpuMs() - started;
  });

  test.each<[string, Uint8Array, number]>([
    ['WAV', wav(2.5), 2.5],
    ['MP3', mp3(100), (100 * 1152) / 44100],
    ['MP4', mp4(1280, 720, 12), 12],
    ['WebM', webm(640, 360, 3.25), 3.25],
  ])('%s', async (_, bytes, seconds) => {
    expect((await streamFacts(bytes)).seconds).toBeCloseTo(seconds, 3);
  });

  test.each<[string, Uint8Array, object | undefined]>([
    ['MP4', mp4(1920, 1080, 1), { width: 1920, height: 1080 }],
    ['MP4 held upright', mp4(1920, 1080, 1, true), { width: 1080, height: 1920 }],
    ['WebM', webm(640, 360, 1), { width: 640, height: 360 }],
    ['sound alone', wav(1), undefined],
  ])('the picture of %s', async (_, bytes, dimensions) => {
    expect((await streamFacts(bytes)).dimensions).toEqual(dimensions);
  });

  const brand = mp4(1, 1, 1).subarray(0, 24);
  test.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['noise', noise(4 * MIB)],
    ['nothing but marks of frames', repeated('ff', 64 * MIB)],
    ['nothing but marks of AAC frames', repeated('fff1', 64 * MIB)],
    ['an MP4 of empty boxes', Buffer.concat([brand, repeated('0000000866726565', 64 * MIB)])],
    ['an MP4 with a box that is too long', Buffer.concat([brand, repeated('7fffffff6d6f6f76', 64)])],
    ['an MP4 cut off', mp4(1280, 720, 12).subarray(0, 60)],
    ['a WebM of empty elements', Buffer.concat([Buffer.from('1a45dfa3', 'hex'), repeated('ec80', 16 * MIB)])],
    ['a WAV cut off', wav(1).subarray(0, 20)],
    ['an Ogg of empty pages', repeated(`4f676753${'00'.repeat(23)}`, 16 * MIB)],
    ['a text', Buffer.from('no sound')],
  ])('is not read from %s, and others get their turn meanwhile', async (_, bytes) => {
    let ticks = 0;
    const clock = setInterval(() => {
      ticks += 1;
    }, 5);
    const started = cpuMs();
    const facts = await streamFacts(bytes).catch((error: unknown) => {
      expect(error).toMatchObject({ name: 'Unmeasurable', message: expect.stringContaining('cannot be read') });
      return {};
    });
    clearInterval(clock);
    expect(facts).toEqual({});
    // The bound on reads is that of music of five and a half minutes.
    expect(cpuMs() - started).toBeLessThan(20 * usualMs);
    if (cpuMs() - started > 500) expect(ticks).toBeGreaterThan(5);
  });
});
