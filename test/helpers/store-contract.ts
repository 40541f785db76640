import { expect, test } from '@jest/globals';
import type { Store } from '../../src/io/stores/store.js';

const MIB = 1024 * 1024;

async function gathered(pieces: AsyncIterable<Uint8Array> | undefined): Promise<Buffer | undefined> {
  if (pieces === undefined) return undefined;
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

/** What every store does, whatever it keeps its values in. `open` gives an empty one. */
export function storeContract(open: () => Store): void {
  const text = async (store: Store, key: string) => Buffer.from((await store.get(key)) ?? []).toString();

  test('keeps what is put and says when there is nothing', async () => {
    const store = open();
    await store.put('a/b', Buffer.from('one'));
    await store.put('a/b', Buffer.from('two'));
    expect(await text(store, 'a/b')).toBe('two');
    expect(await store.get('a/c')).toBeUndefined();
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('a/b/c')).toBeUndefined();
    expect(await store.read('a/c')).toBeUndefined();
    expect(store.locate('a/b')).toMatch(/[^/]\/a\/b$/);
  });

  test('lets exactly one of many writers put what is absent', async () => {
    const store = open();
    const writers = Array.from({ length: 20 }, (_, i) => store.putIfAbsent('commit', Buffer.from(`writer ${i}`)));
    const wrote = await Promise.all(writers);
    expect(wrote.filter(Boolean)).toHaveLength(1);
    expect(await text(store, 'commit')).toBe(`writer ${wrote.indexOf(true)}`);
    expect(await store.putIfAbsent('commit', Buffer.from('late'))).toBe(false);
  });

  test('lists below a prefix in order, without what is still being written', async () => {
    const store = open();
    for (const [key, value] of [
      ['runs/x/2', '22'],
      ['runs/x/1/deep', '1'],
      ['runs/xy/1', 'no'],
    ] as const) {
      await store.put(key, Buffer.from(value));
    }
    const unfinished = await store.write('runs/x/3');
    await unfinished.write('part');
    expect(await store.list('runs/x')).toEqual([
      { key: 'runs/x/1/deep', bytes: 1 },
      { key: 'runs/x/2', bytes: 2 },
    ]);
    await unfinished.abort();
    expect(await store.list('nothing/here')).toEqual([]);
    expect(await store.folders('runs')).toEqual(['x', 'xy']);
    expect(await store.folders('runs/x')).toEqual(['1']);
    expect(await store.folders('nothing')).toEqual([]);
  });

  test('lists more than a page', async () => {
    const store = open();
    const keys = Array.from({ length: 1_050 }, (_, i) => `many/${String(i).padStart(5, '0')}`);
    for (let from = 0; from < keys.length; from += 50) {
      await Promise.all(keys.slice(from, from + 50).map((key) => store.put(key, Buffer.from('x'))));
    }
    expect((await store.list('many')).map(({ key }) => key)).toEqual(keys);
    await store.deleteBelow('many');
    expect(await store.list('many')).toEqual([]);
  });

  test('deletes a value, or all below a prefix, and nothing beside', async () => {
    const store = open();
    for (const key of ['old/1/a', 'old/1/b/c', 'old/12', 'keep']) await store.put(key, Buffer.from(key));
    await store.delete('keep');
    await store.delete('keep');
    await store.delete('never/there');
    await store.deleteBelow('old/1');
    await store.deleteBelow('never');
    expect(await store.get('keep')).toBeUndefined();
    expect((await store.list('old')).map(({ key }) => key)).toEqual(['old/12']);
  });

  test.each(['../out', 'a//b', 'a/./b', '/etc/passwd', 'a/..', '', 'a\\b', 'a\0'])(
    'refuses the key %j',
    async (key) => {
      const store = open();
      await expect(store.get(key)).rejects.toThrow('is not a key');
      await expect(store.put(key, Buffer.from(''))).rejects.toThrow('is not a key');
      await expect(store.list(key)).rejects.toThrow('is not a key');
    },
  );

  test.each([
    ['nothing', []],
    ['little', ['a', Buffer.from('bc')]],
    ['a part and a bit', [Buffer.alloc(3 * MIB, 1), Buffer.alloc(4 * MIB, 2), 'end']],
    ['several parts', Array.from({ length: 22 }, (_, i) => Buffer.alloc(MIB, i + 1))],
  ])('streams %s, which nobody sees before its end', async (_, pieces) => {
    const store = open();
    const whole = Buffer.concat(pieces.map((piece) => Buffer.from(piece)));
    const writer = await store.write('report');
    for (const piece of pieces) await writer.write(piece);
    expect(await store.get('report')).toBeUndefined();
    expect(await writer.end()).toBe(whole.byteLength);
    expect((await gathered(await store.read('report')))?.equals(whole)).toBe(true);
    expect(Buffer.from((await store.get('report')) ?? 'none').equals(whole)).toBe(true);
    expect(await store.list('report')).toEqual([]);
  });

  test('leaves the earlier value when a large one is given up', async () => {
    const store = open();
    await store.put('folder/report', Buffer.from('before'));
    const writer = await store.write('folder/report');
    await writer.write(Buffer.alloc(11 * MIB));
    await writer.abort();
    expect(await text(store, 'folder/report')).toBe('before');
    expect(await store.list('folder')).toEqual([{ key: 'folder/report', bytes: 6 }]);
  });

  test('gives every appended line its place, in the order of the calls', async () => {
    const store = open();
    const segments = store.openSegments('shard/attempt');
    const lines = Array.from({ length: 500 }, (_, i) => `line ${i} ${'ä'.repeat(i)}`);
    const places = await Promise.all(lines.map((line) => segments.append(line)));
    for (const [i, { key, offset, length }] of places.entries()) {
      const bytes = Buffer.from((await store.get(key)) ?? []).subarray(offset, offset + length);
      expect(bytes.toString()).toBe(lines[i]);
    }
    const stored = await Promise.all((await store.list('shard/attempt')).map(({ key }) => text(store, key)));
    expect(stored.join('')).toBe(lines.map((line) => `${line}\n`).join(''));
    await segments.close();
    await expect(segments.append('late')).rejects.toThrow('closed');
  });

  test('makes what was appended before the end durable, and leaves nothing where nothing was', async () => {
    const store = open();
    const segments = store.openSegments('s');
    const written = segments.append('last');
    await segments.close();
    expect((await written).key).toBe('s/000001');
    expect(await text(store, 's/000001')).toBe('last\n');
    await store.openSegments('empty').close();
    expect(await store.list('empty')).toEqual([]);
  });
}
