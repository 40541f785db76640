/** What turns name and nothing answers to. */
import type { Bundle, Loaded } from '../bundle/bundle.js';
import type { Fault } from '../bundle/fault.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import { unknownName } from './unknown-names.js';

/** Warnings on the perturbations, faults and consents of a scenario's turns. */
export function turnWarnings(bundle: Bundle, { spec, placeOf }: Loaded<ScenarioSpec>): Fault[] {
  const { turns = [] } = spec;
  const found: Fault[] = [];
  const warn = (path: (string | number)[], message: string, hint?: string) => {
    found.push({ severity: 'warning', ...placeOf(['spec', 'turns', ...path]), message, hint });
  };
  const said = turns.flatMap(({ content = '', parts = [] }) => [content, ...parts.map(({ text = '' }) => text)]);
  for (const [index, { perturbations = {}, chaos, consent_overrides = {} }] of turns.entries()) {
    for (const key of Object.keys(perturbations)) {
      if (said.some((text) => text.includes(`{${key}}`))) continue;
      const message = `no turn says {${key}}: its values make no difference`;
      warn([index, 'perturbations', key], message, `write {${key}} where they are to stand`);
    }
    for (const [number, { tool }] of (chaos?.tool_failures ?? []).entries()) {
      const message = tool.endsWith('*') ? undefined : unknownName(bundle, 'tool', tool);
      if (message !== undefined) warn([index, 'chaos', 'tool_failures', number, 'tool'], `chaos ${message}`);
    }
    for (const tool of Object.keys(consent_overrides)) {
      const message = unknownName(bundle, 'tool', tool);
      if (message !== undefined) warn([index, 'consent_overrides', tool], `consent_overrides ${message}`);
    }
  }
  return found;
}
