import { expect } from '@jest/globals';
import type { Bundle } from '../../src/bundle/bundle.js';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';

export type Texts = { [path: string]: string };

export const ARENA = 'config.arena.yaml';

/** A sound bundle of one prompt, two providers, one scenario and one tool. */
export const SOUND: Texts = {
  [ARENA]: `apiVersion: promptkit.altairalabs.ai/v1alpha1
kind: Arena
metadata:
  name: shop
spec:
  prompt_configs:
    - id: support
      file: prompts/support.yaml
      vars:
        company: ShopCo
  providers:
    - file: providers/fast.yaml
    - file: providers/slow.yaml
  scenarios:
    - file: scenarios/greeting.yaml
  tools:
    - file: tools/order.yaml
  defaults:
    temperature: 0.2
`,
  'prompts/support.yaml': `kind: PromptConfig
metadata:
  name: support
spec:
  task_type: support
  system_template: You help the customers of {{company}}.
  allowed_tools: [get_order]
`,
  'providers/fast.yaml': 'kind: Provider\nmetadata:\n  name: fast\nspec:\n  type: mock\n',
  'providers/slow.yaml': 'kind: Provider\nmetadata:\n  name: slow\nspec:\n  type: mock\n',
  'scenarios/greeting.yaml': `kind: Scenario
metadata:
  name: greeting
spec:
  task_type: support
  turns:
    - role: user
      content: Hello
      assertions:
        - type: content_includes
          params: { patterns: [hello] }
`,
  'tools/order.yaml': `kind: Tool
metadata:
  name: get_order
spec:
  description: Looks up an order.
  input_schema: { type: object }
  mode: mock
`,
};

export function bytesOf(texts: Texts): Map<string, Uint8Array> {
  return new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
}

/** Loads the sound bundle with some of its files replaced or added. */
export function loadWith(changes: Texts) {
  return loadBundleFromFiles(bytesOf({ ...SOUND, ...changes }), ARENA);
}

/** The faults of the sound bundle with some of its files replaced, one line each. */
export function faultsWith(changes: Texts): string[] {
  return loadWith(changes).faults.map(formatFault);
}

export function soundBundle(changes: Texts = {}): Bundle {
  const { bundle, faults } = loadWith(changes);
  expect(faults.filter((fault) => fault.severity === 'error').map(formatFault)).toEqual([]);
  if (bundle === undefined) throw new Error('a bundle without errors was not loaded');
  return bundle;
}
