/** A scenario that steps answer has no prompt of its own: this one says nothing, allows nothing and guards nothing. */
import type { Bundle, LoadedPrompt } from '../../bundle/bundle.js';

/** Undefined when there is no composition of that name. */
export function promptOfSteps({ arena }: Bundle, name: string): LoadedPrompt | undefined {
  if (!Object.hasOwn(arena.spec.compositions ?? {}, name)) return undefined;
  const { labels, file, at, placeOf } = arena;
  return { id: name, spec: { task_type: name, system_template: '' }, labels, file, at, placeOf, vars: {} };
}
