import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { type Header, pack } from 'tar-stream';
import { FILE_LIMITS, FileBudget, type FileLimits, pathFault } from '../../src/io/sources/bounded-files.js';
import { unpackArchive } from '../../src/io/sources/unpack.js';

type Entry = Partial<Header> & { name: string; text?: string };

async function archive(entries: readonly Entry[]): Promise<Buffer> {
  const made = pack();
  for (const { text = '', ...header } of entries) {
    if (header.type === undefined) made.entry(header, text);
    else made.entry(header);
  }
  made.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of made as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const never = new AbortController().signal;
const unpack = (bytes: Uint8Array, limits: Partial<FileLimits> = {}) =>
  unpackArchive(bytes, new FileBudget('it', 'mend it', { ...FILE_LIMITS, ...limits }), 'layer 1 of it', never);
const refusal = (bytes: Uint8Array, limits?: Partial<FileLimits>): Promise<string> =>
  unpack(bytes, limits).then(
    (files) => `taken: ${[...files.keys()].join(', ')}`,
    (error: Error) => error.message,
  );

describe('an archive from outside', () => {
  test('gives its regular files, whether it is gzipped or not', async () => {
    const long = `${'folder/'.repeat(30)}config.yaml`;
    const tar = await archive([
      { name: './', type: 'directory' },
      { name: './a.yaml', text: 'a' },
      { name: 'b/', type: 'directory' },
      { name: 'b/empty' },
      { name: long, text: 'long' },
      { name: 'ä.yaml', text: 'umlaut' },
    ]);
    for (const bytes of [tar, gzipSync(tar)]) {
      const files = await unpack(bytes);
      expect(Object.fromEntries([...files].map(([path, content]) => [path, Buffer.from(content).toString()]))).toEqual({
        'a.yaml': 'a',
        'b/empty': '',
        [long]: 'long',
        'ä.yaml': 'umlaut',
      });
    }
  });

  test.each<[what: string, entries: Entry[], said: RegExp]>([
    ['a symbolic link', [{ name: 'a', type: 'symlink', linkname: '/etc/passwd' }], /"a", which is a symbolic link/],
    ['a hard link', [{ name: 'a', type: 'link', linkname: '../../secret' }], /is a hard link/],
    ['a device', [{ name: 'null', type: 'character-device' }], /is a device/],
    ['a disk', [{ name: 'sda', type: 'block-device' }], /is a device/],
    ['a pipe', [{ name: 'pipe', type: 'fifo' }], /is a named pipe/],
    ['a way out', [{ name: 'a/../../etc/cron.d/x', text: 'x' }], /leads out of the bundle/],
    ['a way out as a folder', [{ name: '../x', type: 'directory' }], /leads out of the bundle/],
    ['an absolute path', [{ name: '/etc/passwd', text: 'x' }], /absolute path/],
    ['a path of Windows', [{ name: 'C:/x', text: 'x' }], /absolute path/],
    ['a backslash', [{ name: 'a\\..\\b', text: 'x' }], /backslash/],
    ['a control character', [{ name: 'a\nb', text: 'x' }], /control character/],
    ['an empty part', [{ name: 'a//b', text: 'x' }], /empty part/],
    ['a path without end', [{ name: `${'x'.repeat(300)}/${'y'.repeat(300)}`, text: 'x' }], /more than 512 bytes/],
    [
      'a file twice',
      [
        { name: 'a', text: '1' },
        { name: 'a', text: '2' },
      ],
      /"a", which stands there twice/,
    ],
    ['two cases of a name', [{ name: 'a/b.yaml' }, { name: 'A/B.yaml' }], /same name as "a\/b.yaml"/],
    ['two compositions of a name', [{ name: '\u00e4' }, { name: 'a\u0308' }], /same name as/],
    ['a file that is a folder', [{ name: 'a' }, { name: 'a/b' }], /below a file/],
    ['a folder that is a file', [{ name: 'a/b' }, { name: 'A' }], /a file and a folder/],
  ])('with %s is refused', async (_, entries, said) => {
    expect(await refusal(await archive([{ name: 'fine.yaml', text: 'x' }, ...entries]))).toMatch(said);
  });

  test.each<[what: string, bytes: () => Promise<Uint8Array> | Uint8Array, said: RegExp]>([
    [
      'cut short',
      async () => (await archive([{ name: 'a', text: 'x'.repeat(5000) }])).subarray(0, 1024),
      /no sound tar/,
    ],
    ['text', () => Buffer.from('no archive at all'.repeat(100)), /no sound tar/],
    [
      'gzip that is cut short',
      async () => gzipSync(await archive([{ name: 'a', text: 'x' }])).subarray(0, 40),
      /no sound/,
    ],
    ['gzip of text', () => gzipSync('x'.repeat(2000)), /no sound tar/],
    ['zstd', () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0]), /zstd, which cannot be read here/],
  ])('that is %s is refused', async (_, bytes, said) => {
    expect(await refusal(await bytes())).toMatch(said);
  });

  test('goes up to its limits and not beyond', async () => {
    const two = await archive([
      { name: 'a', text: 'x'.repeat(10) },
      { name: 'b', text: 'y'.repeat(10) },
    ]);
    expect(await refusal(two, { files: 2, bytes: 20, fileBytes: 10, pathBytes: 1 })).toBe('taken: a, b');
    expect(await refusal(two, { files: 1 })).toMatch(/more than 1 files/);
    expect(await refusal(two, { bytes: 19 })).toMatch(/holds more than/);
    expect(await refusal(two, { fileBytes: 9 })).toMatch(/"a", which is larger than/);
  });

  test('of little that unpacks to much is given up before it is unpacked', async () => {
    const bomb = gzipSync(await archive([{ name: 'zeros', text: '\0'.repeat(40 * 1024 * 1024) }]));
    expect(bomb.byteLength).toBeLessThan(100_000);
    expect(await refusal(bomb, { fileBytes: 1024 })).toMatch(/"zeros", which is larger than/);
    // Nothing but padding between headers: no entry is too large.
    const zeros = gzipSync(Buffer.alloc(40 * 1024 * 1024));
    expect(await refusal(zeros, { bytes: 1024 })).toMatch(/once it is unpacked/);
  });

  test('is left when nobody waits for it', async () => {
    const abort = new AbortController();
    abort.abort(new Error('over'));
    const budget = new FileBudget('it', 'mend it');
    await expect(unpackArchive(await archive([{ name: 'a' }]), budget, 'it', abort.signal)).rejects.toThrow('over');
  });
});

test.each([
  ['a', undefined],
  ['.hidden/..a/b..', undefined],
  ['', 'has no name'],
  ['a/.', 'empty part or "."'],
  ['..', 'leads out'],
  ['a\ufffdb', 'no UTF-8'],
])('the path %j is fit for a bundle or not', (path, fault) => {
  if (fault === undefined) expect(pathFault(path)).toBeUndefined();
  else expect(pathFault(path)).toContain(fault);
});
