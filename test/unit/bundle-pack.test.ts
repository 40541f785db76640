import { describe, expect, test } from '@jest/globals';
import { loadBundleFromPack } from '../../src/bundle/load-bundle.js';
import { packDigest, packFiles, unpackFiles } from '../../src/bundle/pack.js';
import { unpackStream } from '../../src/bundle/unpack-stream.js';
import { ArenaError } from '../../src/core/errors.js';
import { ARENA, bytesOf, loadWith, SOUND } from '../helpers/bundle-texts.js';

function packOf(header: unknown, body = ''): Uint8Array {
  return Buffer.from(`${typeof header === 'string' ? header : JSON.stringify(header)}\n${body}`);
}

/** In pieces that end anywhere. */
async function* pieces(bytes: Uint8Array, size = 3): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.byteLength; from += size) yield bytes.subarray(from, from + size);
}

async function streamed(pack: AsyncIterable<Uint8Array>): Promise<{ [path: string]: string }> {
  const found: { [path: string]: string } = {};
  for await (const { path, bytes, content } of unpackStream(pack)) {
    const parts: Uint8Array[] = [];
    for await (const part of content) parts.push(part);
    const whole = Buffer.concat(parts);
    expect(whole.byteLength).toBe(bytes);
    found[path] = whole.toString();
  }
  return found;
}

const FORMAT = 'arena-bundle/1';

describe('a pack', () => {
  test('has the same bytes whatever the order in which the files were found', () => {
    const files = bytesOf(SOUND);
    const backwards = new Map([...files].reverse());
    const digest = packDigest(packFiles({ arenaFile: ARENA, files }));
    expect(packDigest(packFiles({ arenaFile: ARENA, files: backwards }))).toBe(digest);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
  });

  test('has another digest when a byte of a file changes', () => {
    const one = packFiles({ arenaFile: ARENA, files: bytesOf(SOUND) });
    const other = packFiles({ arenaFile: ARENA, files: bytesOf({ ...SOUND, 'tools/order.yaml': 'kind: Tool\n' }) });
    expect(packDigest(one)).not.toBe(packDigest(other));
  });

  test('gives back every file, those outside the folder too, whole or piece by piece', async () => {
    const files = bytesOf({
      [ARENA]: 'a',
      '../beside/b.json': 'b',
      '../../c': '',
      '/absolute/d': 'd',
      '@up/e': 'e',
      '@@root/f': 'f',
      'ümlaut 1.md': 'g\n\nh',
    });
    const packed = packFiles({ arenaFile: ARENA, files });
    const back = unpackFiles(packed);
    const texts = (map: Map<string, Uint8Array>) =>
      Object.fromEntries([...map].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));
    expect(back.arenaFile).toBe(ARENA);
    expect(texts(back.files)).toEqual(texts(files));
    for (const size of [1, 7, 100_000]) expect(await streamed(pieces(packed, size))).toEqual(texts(files));
  });

  test('names no path outside itself', () => {
    const packed = packFiles({ arenaFile: ARENA, files: bytesOf({ [ARENA]: '', '../a': '', '/b': '' }) });
    const [header = ''] = Buffer.from(packed).toString().split('\n');
    expect(JSON.parse(header)).toEqual({
      format: FORMAT,
      arena: ARENA,
      files: [
        ['@root/b', 0],
        ['@up/a', 0],
        [ARENA, 0],
      ],
    });
  });

  test('holds the same bundle as the files', () => {
    const { bundle, packed } = loadWith({});
    const again = loadBundleFromPack(packed ?? new Uint8Array());
    expect(again.digest).toBe(bundle?.digest);
    expect(again.scenarios.get('greeting')?.spec).toEqual(bundle?.scenarios.get('greeting')?.spec);
    expect(again.scenarios.get('greeting')?.at(['spec', 'turns'])).toBe('scenarios/greeting.yaml:6:3');
  });

  test('is refused when its bundle is not sound', () => {
    const files = bytesOf({ ...SOUND, 'scenarios/greeting.yaml': 'kind: Tool\n' });
    const load = () => loadBundleFromPack(packFiles({ arenaFile: ARENA, files }));
    expect(load).toThrow(ArenaError);
    expect(load).toThrow('scenarios/greeting.yaml:1:1 is a Tool, but a Scenario is expected here');
  });
});

describe('bytes that are no sound pack are refused', () => {
  const header = (files: unknown) => ({ format: FORMAT, arena: ARENA, files });

  test.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(), 'has no header'],
    ['no end of the header', Buffer.from('{}'), 'has no header'],
    ['no JSON', packOf('not json'), 'has no header'],
    ['another format', packOf({ format: 'zip' }), 'has an unknown format'],
    ['no Arena file', packOf({ format: FORMAT, files: [] }), 'has no Arena file'],
    ['no list', packOf({ format: FORMAT, arena: ARENA }), 'has no list of files'],
    ['a broken list', packOf(header([[ARENA, -1]])), 'has a broken list of files'],
    ['a size that is no number', packOf(header([[ARENA, 'all']])), 'has a broken list of files'],
    ['a file that is cut short', packOf(header([[ARENA, 5]]), 'abc'), 'is cut short'],
    ['bytes too many', packOf(header([[ARENA, 1]]), 'abc'), 'has bytes that belong to no file'],
    [
      'a file twice',
      packOf(
        header([
          ['a', 0],
          ['a', 0],
        ]),
      ),
      'holds "a" twice',
    ],
    [
      'a path that climbs',
      packOf(header([['../../etc/passwd', 0]])),
      'names a path that leads elsewhere: "../../etc/passwd"',
    ],
    ['a path that climbs late', packOf(header([['a/../../b', 0]])), 'names a path that leads elsewhere: "a/../../b"'],
    ['an absolute path', packOf(header([['/etc/passwd', 0]])), 'names a path that leads elsewhere: "/etc/passwd"'],
    ['a path of another system', packOf(header([['a\\b', 0]])), 'names a path that leads elsewhere: "a\\\\b"'],
    ['a path with a zero byte', packOf(header([['a\0', 0]])), 'names a path that leads elsewhere: "a\\u0000"'],
  ])('%s', async (_, bytes, why) => {
    const refusal = new ArenaError({ code: 'invalid_input', message: `the packed bundle ${why}` });
    expect(() => unpackFiles(bytes)).toThrow(refusal);
    await expect(streamed(pieces(bytes))).rejects.toThrow(refusal);
  });
});
