import { describe, expect, test } from '@jest/globals';
import type { Bundle } from '../../../src/bundle/bundle.js';
import { bundleWith, PLAYERS } from '../../helpers/effects.js';

/** The bundle in which one document has no metadata and the leaf is set. */
function nameless(leaf: string, value: unknown): Bundle | undefined {
  const kind = leaf.split('.')[0] ?? '';
  const arena = { evals: [{ file: 'eval.yaml' }], ...(kind === 'Persona' ? PLAYERS : {}) };
  return bundleWith(leaf, value, { nameless: kind, arena, prompt: { allowed_tools: [] } }).bundle;
}

const keys = (map: ReadonlyMap<string, unknown> | undefined): string[] => [...(map?.keys() ?? [])];

describe('ids of documents without metadata.name', () => {
  test.each<[leaf: string, look: (bundle: Bundle | undefined) => string[]]>([
    ['Scenario.spec.id', (bundle) => keys(bundle?.scenarios)],
    ['PromptConfig.spec.id', (bundle) => [...(bundle?.prompts.values() ?? [])].map(({ id }) => id)],
    ['Provider.spec.id', (bundle) => keys(bundle?.providers)],
    ['Tool.spec.id', (bundle) => keys(bundle?.tools)],
    ['Tool.spec.name', (bundle) => keys(bundle?.tools)],
    ['Persona.spec.id', (bundle) => keys(bundle?.personas)],
    ['Eval.spec.id', (bundle) => keys(bundle?.evals)],
  ])('%s', (leaf, look) => {
    expect(look(nameless(leaf, 'one'))).toContain('one');
    expect(look(nameless(leaf, 'two'))).toContain('two');
  });
});
