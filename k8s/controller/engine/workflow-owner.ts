import type { OwnerKind, OwnerMemo } from '../../../src/cluster/run-names.js';

/** The object for which a workflow runs. */
export type Owner = OwnerMemo['arena'];

/** Workflows that were started by other ways have none of our memo. */
export function ownerOf(memo: Record<string, unknown> | undefined): Owner | undefined {
  const owner: unknown = memo?.arena;
  if (typeof owner !== 'object' || owner === null) return undefined;
  if (!('kind' in owner && 'namespace' in owner && 'name' in owner && 'uid' in owner)) return undefined;
  const { kind, namespace, name, uid } = owner;
  if (!isKind(kind) || typeof namespace !== 'string' || typeof name !== 'string' || typeof uid !== 'string') {
    return undefined;
  }
  return { kind, namespace, name, uid };
}

const isKind = (kind: unknown): kind is OwnerKind =>
  kind === 'ArenaJob' || kind === 'ArenaSource' || kind === 'ArenaConfig';
