import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { removeEarlierSet } from '../../src/io/outputs/earlier-set.js';

const OLD = ['dataset.jsonl', 'dataset/train.jsonl', 'dataset/records-00002.csv', 'dataset/mine.jsonl', 'notes.txt'];
const NEW = ['summary.json', 'dataset.json', 'dataset/train.jsonl'];

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'arena-earlier-'));
  mkdirSync(join(dir, 'dataset'));
  for (const path of OLD) writeFileSync(join(dir, path), 'four');
  mkdirSync(join(dir, 'dataset', 'validation.jsonl'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const there = () =>
  readdirSync(dir, { recursive: true })
    .map(String)
    .filter((path) => OLD.includes(path))
    .sort();
const manifest = (value: unknown) =>
  writeFileSync(join(dir, 'dataset.json'), typeof value === 'string' ? value : JSON.stringify(value));
const parts = (bytes: number) =>
  [...OLD, 'dataset/validation.jsonl', '../outside.jsonl', 'dataset/../notes.txt'].map((path) => ({ path, bytes }));

test('only records of an earlier set that the new one does not write over are removed', async () => {
  manifest({ run: 'a/1', parts: parts(4) });
  await removeEarlierSet(dir, 'a/2', NEW);
  expect(there()).toEqual(['dataset/mine.jsonl', 'dataset/train.jsonl', 'notes.txt']);
});

test.each<[string, unknown, string[]]>([
  ['no manifest', undefined, NEW],
  ['the manifest of the same run', { run: 'a/2', parts: parts(4) }, NEW],
  ['files that have changed since', { run: 'a/1', parts: parts(5) }, NEW],
  ['reports that are no set', { run: 'a/1', parts: parts(4) }, ['summary.json']],
  ['a manifest of something else', { parts: parts(4) }, NEW],
  ['what is no JSON', '{', NEW],
  ['null', null, NEW],
  ['parts that are none', { run: 'a/1', parts: [null, 'dataset.jsonl', { path: 'dataset.jsonl' }] }, NEW],
])('nothing is removed where there is %s', async (_, value, paths) => {
  if (value !== undefined) manifest(value);
  await removeEarlierSet(dir, 'a/2', paths);
  expect(there()).toEqual([...OLD].sort());
});
