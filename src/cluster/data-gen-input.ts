import type { DataGenBlock } from '../schema/cluster/data-gen.js';
import type { DataGenInput } from '../schema/data-gen.js';

/** The block of an ArenaJob as the input of a job says it: fractions are texts in a cluster, and numbers there. */
export function dataGenInput({ dedupe, split, ...block }: DataGenBlock): DataGenInput {
  const { near, ...exact } = dedupe ?? {};
  return {
    ...block,
    ...(dedupe === undefined ? {} : { dedupe: { ...exact, ...(near === undefined ? {} : { near: Number(near) }) } }),
    ...(split === undefined ? {} : { split: { validation: Number(split.validation) } }),
  };
}
