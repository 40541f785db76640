import { describe, expect, test } from '@jest/globals';
import { ObjectCache } from '../../k8s/controller/object-cache.js';
import type { KubeObject } from '../../k8s/controller/ports.js';

const object = (name: string, resourceVersion: string, { uid = name, namespace = 'a' } = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ArenaJob',
  metadata: { name, namespace, uid, resourceVersion, generation: 1, creationTimestamp: '2026-01-01T00:00:00Z' },
});

function recorded() {
  const told: string[] = [];
  const cache = new ObjectCache(({ object: { metadata }, deleted }) =>
    told.push(`${deleted ? '-' : '+'}${metadata.uid}@${metadata.resourceVersion}`),
  );
  return { cache, told };
}

describe('the copies of objects', () => {
  test.each([
    ['the same version is no news', ['9', '9'], ['+x@9']],
    ['an older version is no news', ['10', '9'], ['+x@10']],
    ['a longer number is newer', ['9', '10'], ['+x@9', '+x@10']],
    ['versions that are no numbers are news when they differ', ['b', 'a', 'a'], ['+x@b', '+x@a']],
  ])('%s', (_, versions, expected) => {
    const { cache, told } = recorded();
    for (const version of versions) cache.put(object('x', version));
    expect(told).toEqual(expected);
  });

  test('a successor of the same name is the end of its predecessor', () => {
    const { cache, told } = recorded();
    cache.put(object('x', '5', { uid: 'old' }));
    cache.put(object('x', '4', { uid: 'new' }));
    expect(told).toEqual(['+old@5', '-old@5', '+new@4']);
    // The late news of the predecessor's end is none.
    cache.remove(object('x', '6', { uid: 'old' }));
    expect([told.length, cache.get({ namespace: 'a', name: 'x' })?.metadata.uid]).toEqual([3, 'new']);
  });

  test('a new list tells what went, what came and what changed, in its namespace only', () => {
    const { cache, told } = recorded();
    cache.put(object('elsewhere', '1', { namespace: 'b' }));
    for (const name of ['gone', 'same', 'changed']) cache.put(object(name, '1'));
    told.length = 0;
    cache.replace([object('same', '1'), object('changed', '2'), object('new', '3')], 'a');
    expect(told).toEqual(['-gone@1', '+changed@2', '+new@3']);
    cache.replace([]);
    expect([told.length, cache.size]).toEqual([7, 0]);
  });

  test('a write of ours is told once, and brings nothing back that is gone', () => {
    const { cache, told } = recorded();
    cache.put(object('x', '1'));
    cache.written(object('x', '2'));
    cache.put(object('x', '2'));
    cache.remove(object('x', '3'));
    cache.written(object('x', '2'));
    expect([told, cache.size]).toEqual([['+x@1', '+x@2', '-x@3'], 0]);
  });
});
