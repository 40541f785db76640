/** Other providers in the place of those that a bundle names: their ids and groups stay, everything else is the other's. */
import type { Bundle, LoadedProvider } from './bundle.js';
import type { Fault } from './fault.js';
import { hintFor } from './suggest.js';

/** Id of a provider → id of the one that stands in for it. */
export type ProviderOverrides = { [id: string]: string };

/**
 * The bundle as a job with overrides sees it, once its matrix is planned. Each entry names providers as the bundle has
 * them: overrides do not follow one another, so two can swap places.
 */
export function overrideProviders(
  bundle: Bundle,
  overrides: ProviderOverrides | undefined,
): { bundle: Bundle; faults: Fault[] } {
  const entries = Object.entries(overrides ?? {});
  if (entries.length === 0) return { bundle, faults: [] };
  const providers = new Map(bundle.providers);
  const faults: Fault[] = [];
  for (const [from, to] of entries) {
    const replaced = bundle.providers.get(from);
    const stand = bundle.providers.get(to);
    for (const id of [...(replaced ? [] : [from]), ...(stand ? [] : [to])]) {
      const hint = hintFor(id, bundle.providers.keys(), 'providers');
      const message = `there is no provider "${id}" for the override of "${from}" by "${to}"`;
      faults.push({ severity: 'error', file: bundle.arena.file, message, hint });
    }
    if (replaced === undefined || stand === undefined) continue;
    if (!answersInText(stand)) {
      const message = `provider "${to}" has the role ${stand.spec.role} and cannot take the place of "${from}"`;
      faults.push({
        severity: 'error',
        ...stand.placeOf(['spec', 'role']),
        message,
        hint: 'name one with the role llm',
      });
      continue;
    }
    if (from !== to) providers.set(from, { ...stand, id: from, group: replaced.group, heldBy: to });
  }
  return { bundle: { ...bundle, providers }, faults };
}

function answersInText({ spec }: LoadedProvider): boolean {
  return spec.role === undefined || spec.role === 'llm' || spec.role === 'image';
}
