/** Objects of the cluster, read and checked. */
import type { z } from 'zod';
import { type ClusterKind, clusterKinds } from '../schema/cluster/kinds.js';
import { brokenRules } from './broken-rules.js';
import type { ClusterReader, ObjectKey } from './cluster-reader.js';

/** More of them tell an author nothing new. */
const MAX_FAULTS = 10;

export type ClusterObject<Kind extends ClusterKind> = z.infer<(typeof clusterKinds)[Kind]['schema']>;

/** The object; `faults` when it is there and not what its kind should be; undefined when there is none. */
export type ReadObject<Kind extends ClusterKind> = { object: ClusterObject<Kind> } | { faults: string } | undefined;

export async function readObject<Kind extends ClusterKind>(
  reader: ClusterReader,
  kind: Kind,
  key: ObjectKey,
): Promise<ReadObject<Kind>> {
  const found = await reader.get(kind, key);
  return found === undefined ? undefined : checkObject(kind, found);
}

/** The object as its kind says, or all its faults. */
export function checkObject<Kind extends ClusterKind>(
  kind: Kind,
  found: unknown,
): { object: ClusterObject<Kind> } | { faults: string } {
  const schema: z.ZodType<ClusterObject<Kind>> = clusterKinds[kind].schema as never;
  const parsed = schema.safeParse(found);
  if (!parsed.success) return { faults: faultsOf(parsed.error) };
  // Definitions of another installation let pass what ours refuse.
  const broken = brokenRules(kind, found);
  return broken.length === 0 ? { object: parsed.data } : { faults: textOf(broken) };
}

/** `spec.providers.default[0] must have …; …`. Values are not repeated: they may be secret. */
export const faultsOf = (error: z.ZodError): string => textOf(error.issues.flatMap(deepest));

function textOf(faults: readonly { path: readonly PropertyKey[]; message: string }[]): string {
  const lines = faults.map(({ path, message }) => {
    const where = path.map((key, at) =>
      typeof key === 'number' ? `[${key}]` : `${at === 0 ? '' : '.'}${String(key)}`,
    );
    return `${where.join('')} ${message}`.trim();
  });
  const told = [...new Set(lines)];
  const more = told.length > MAX_FAULTS ? [`and ${told.length - MAX_FAULTS} more`] : [];
  return [...told.slice(0, MAX_FAULTS), ...more].join('; ');
}

type Issue = z.core.$ZodIssue;

/** Of a union the alternative that got furthest, if one did. */
function deepest(issue: Issue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== 'invalid_union') return [{ path: issue.path, message: issue.message }];
  const depth = (issues: Issue[]) => Math.max(0, ...issues.map(({ path }) => path.length));
  const [best] = [...issue.errors].sort((a, b) => depth(b) - depth(a));
  if (best === undefined || depth(best) === 0) return [{ path: issue.path, message: issue.message }];
  return best.flatMap((inner) => deepest({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** `Provider team-a/gpt-4o`. */
export const called = (kind: string, { namespace, name }: ObjectKey): string => `${kind} ${namespace}/${name}`;
