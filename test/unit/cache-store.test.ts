import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CacheKey, Completion, CompletionRequest, Provider } from '../../src/core/provider.js';
import { type CacheSettings, ResponseCache } from '../../src/io/cache/response-cache.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';

const request: CompletionRequest = { messages: [], parameters: {}, context: { scenario: 's', provider: 'p' } };
const answer: Completion = {
  content: 'Hi.',
  toolCalls: [{ id: 'c', name: 'find', args: { q: 'ü"\n' } }],
  usage: { inputTokens: 3, outputTokens: 1 },
  costUsd: 0.25,
  latencyMs: 12.5,
  opaque: { wire: 'w', signature: 's' },
};

describe('the cache of answers', () => {
  let root: string;
  let now = 0;
  let warnings: string[];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-cache-'));
    now = 1_000_000;
    warnings = [];
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  const open = (settings: CacheSettings = { mode: 'deterministic' }, store = new DirectoryStore(root)) =>
    new ResponseCache({ ...settings, store, now: () => now, warn: (_, message) => warnings.push(message) });

  /** The place of a call in a conversation of its own. */
  function placeOf(
    key: CacheKey | undefined,
    { trial = 1, settings }: { trial?: number; settings?: CacheSettings } = {},
  ) {
    const provider: Provider = { id: 'p', local: false, complete: async () => answer, cacheKey: () => key };
    return open(settings).ofConversation(trial).placeOf(provider, request);
  }

  const files = async () => (await readdir(join(root, 'cache'))).map((name) => join(root, 'cache', name));

  test('gives an answer back as it came, marked, and without what belongs to one conversation', async () => {
    const place = placeOf({ text: 'a', temperature: 0 }) ?? '';
    expect(place).toMatch(/^[0-9a-f]{64}$/);
    const cache = open();
    expect(await cache.find(place)).toBeUndefined();
    await cache.keep(place, { ...answer, waitMs: 5, session: 'x' });
    expect(await open().find(place)).toEqual({ ...answer, cached: true });
    expect(warnings).toEqual([]);
  });

  test.each<[string, CacheKey | undefined, boolean, boolean]>([
    ['temperature 0', { text: 'a', temperature: 0 }, true, true],
    ['another temperature', { text: 'a', temperature: 0.1 }, false, true],
    ['the temperature of the service', { text: 'a' }, false, true],
    ['a provider that names nothing', undefined, false, false],
  ])('keeps what asks for temperature 0, and all on demand: %s', (_, key, deterministic, all) => {
    expect(placeOf(key) !== undefined).toBe(deterministic);
    expect(placeOf(key, { settings: { mode: 'all' } }) !== undefined).toBe(all);
  });

  test('has one place for the same call, and others for another trial, another sample and another text', () => {
    const key = { text: 'a', temperature: 0 };
    const places = [placeOf(key), placeOf({ ...key, text: 'b' }), placeOf(key, { trial: 2 })];
    const provider: Provider = { id: 'p', local: false, complete: async () => answer, cacheKey: () => key };
    const conversation = open().ofConversation(1);
    const samples = [1, 2, 3].map(() => conversation.placeOf(provider, request));
    expect(samples[0]).toBe(places[0]);
    expect(new Set([...places, ...samples]).size).toBe(5);
    expect(placeOf(key, { settings: { mode: 'all' } })).toBe(places[0]);
  });

  test('a provider that keeps nothing has no place', () => {
    const provider: Provider = { id: 'p', local: false, complete: async () => answer };
    expect(open({ mode: 'all' }).ofConversation(1).placeOf(provider, request)).toBeUndefined();
  });

  test.each<[string, Partial<Completion>, boolean]>([
    ['a text', { content: 'x', toolCalls: [] }, true],
    ['tool calls alone', { content: '' }, true],
    ['media alone', { content: '', toolCalls: undefined, parts: [{ type: 'image', data: 'eA==' }] }, true],
    ['an answer of full length', { finishReason: 'length' }, true],
    ['nothing', { content: '', toolCalls: [] }, false],
    ['white space', { content: ' \n', toolCalls: undefined, parts: [] }, false],
    ['what an error cut off', { finishReason: 'error' }, false],
    ['what a filter cut off', { finishReason: 'content_filter' }, false],
  ])('keeps whole answers only: %s', async (_, part, isKept) => {
    const cache = open();
    await cache.keep('0'.repeat(64), { ...answer, ...part });
    expect((await cache.find('0'.repeat(64))) !== undefined).toBe(isKept);
  });

  test('gives nothing that is older than the run allows, and takes a newer answer in its place', async () => {
    const place = 'a'.repeat(64);
    const bounded = open({ mode: 'deterministic', maxAgeMs: 1000 });
    await bounded.keep(place, answer);
    now += 1000;
    expect(await bounded.find(place)).toBeDefined();
    now += 1;
    expect(await bounded.find(place)).toBeUndefined();
    expect(await open().find(place)).toBeDefined();
    await bounded.keep(place, { ...answer, content: 'newer' });
    expect(await bounded.find(place)).toMatchObject({ content: 'newer' });
  });

  test.each<[string, (text: string) => string]>([
    ['cut short', (text) => text.slice(0, -3)],
    ['empty', () => ''],
    ['another answer under the old sum', (text) => text.replace('Hi.', 'Ho.')],
    ['no sum', (text) => text.slice(65)],
    ['not ours', () => '{"answer": {"content": "x"}}'],
  ])('does not use a damaged entry, says so, and mends it: %s', async (_, damage) => {
    const cache = open();
    const place = 'b'.repeat(64);
    await cache.keep(place, answer);
    const [file = ''] = await files();
    await writeFile(file, damage(await readFile(file, 'utf8')));
    expect(await cache.find(place)).toBeUndefined();
    expect(warnings).toEqual(['an entry of the cache is damaged and is not used']);
    await cache.keep(place, answer);
    expect(await cache.find(place)).toMatchObject({ content: 'Hi.' });
  });

  test('is no reason for a run to fail when the store cannot be read or written', async () => {
    const down = {
      locate: (key: string) => key,
      get: () => Promise.reject(new Error('disk')),
      put: () => Promise.reject(new Error('disk')),
    };
    const cache = new ResponseCache({
      mode: 'all',
      store: down,
      now: () => now,
      warn: (_, message) => warnings.push(message),
    });
    await cache.keep('c'.repeat(64), answer);
    expect(await cache.find('c'.repeat(64))).toBeUndefined();
    await cache.settled();
    expect(warnings).toEqual(['an answer cannot be kept in the cache', 'an entry of the cache cannot be read']);
  });

  test('has a whole answer at every moment while many write it', async () => {
    const place = 'd'.repeat(64);
    const texts = Array.from({ length: 20 }, (_, index) => `${index}`.repeat(50_000));
    const cache = open();
    await cache.keep(place, answer);
    const writing = texts.map((content) => open().keep(place, { ...answer, content }));
    const seen = await Promise.all(texts.map(() => cache.find(place)));
    await Promise.all(writing);
    for (const one of [...seen, await cache.find(place)]) expect(['Hi.', ...texts]).toContain(one?.content);
    expect(warnings).toEqual([]);
    expect(await files()).toHaveLength(1);
  });

  test('has kept everything when it says so', async () => {
    const cache = open();
    const places = Array.from({ length: 30 }, (_, index) => `${index}`.padStart(64, '0'));
    for (const place of places) void cache.keep(place, answer);
    await cache.settled();
    expect(await files()).toHaveLength(30);
  });
});
