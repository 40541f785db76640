/** Which revisions of a source its jobs name: their files are kept however old they are. */
import { z } from 'zod';
import type { ObjectKey } from './cluster-reader.js';

const configSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ sourceRef: z.looseObject({ name: z.string() }) }),
});

const jobSchema = z.looseObject({
  spec: z.looseObject({
    sourceRef: z.looseObject({ name: z.string(), kind: z.string().optional(), revision: z.string().optional() }),
  }),
  status: z
    .looseObject({
      phase: z.string().optional(),
      source: z.looseObject({ name: z.string(), revision: z.string().optional() }).optional(),
    })
    .optional(),
});

const ENDED: ReadonlySet<string> = new Set(['Succeeded', 'Failed', 'Cancelled']);

/** @param jobs and `configs` of the source's namespace, as the API server has them */
export function pinnedRevisions(
  { name }: Pick<ObjectKey, 'name'>,
  jobs: readonly unknown[],
  configs: readonly unknown[],
): Set<string> {
  const viaConfig = new Set(
    configs.flatMap((object) => {
      const config = configSchema.safeParse(object);
      return config.success && config.data.spec.sourceRef.name === name ? [config.data.metadata.name] : [];
    }),
  );
  const pinned = new Set<string>();
  for (const object of jobs) {
    const job = jobSchema.safeParse(object);
    if (!job.success) continue;
    const { spec, status } = job.data;
    const { name: named, kind, revision } = spec.sourceRef;
    const isOurs = (named === name && kind !== 'ArenaConfig') || (kind !== 'ArenaSource' && viaConfig.has(named));
    if (isOurs && revision !== undefined) pinned.add(revision);
    const running = status?.source;
    if (running?.name === name && running.revision !== undefined && !ENDED.has(status?.phase ?? '')) {
      pinned.add(running.revision);
    }
  }
  return pinned;
}
