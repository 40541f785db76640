import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface MockBundleOptions {
  folder: string;
  /** The mock server that all providers point at. */
  baseUrl: string;
  scenarios: number;
  providers: number;
  turns?: number;
}

const API_VERSION = 'promptkit.altairalabs.ai/v1alpha1';

/**
 * A bundle of scenarios × providers in which every request of every conversation is different, so that a server that
 * counts equal bodies counts calls made twice. The first turn calls a tool, when the server's script says so.
 */
export function writeMockBundle({ folder, baseUrl, scenarios, providers, turns = 3 }: MockBundleOptions): string {
  const bundle = join(folder, 'bundle');
  mkdirSync(bundle, { recursive: true });
  const write = (name: string, kind: string, id: string, spec: object) => {
    writeFileSync(join(bundle, name), stringify({ apiVersion: API_VERSION, kind, metadata: { name: id }, spec }));
    return { file: name };
  };
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => i + 1);
  write('config.arena.yaml', 'Arena', 'mock-bundle', {
    prompt_configs: [
      {
        id: 'main',
        ...write('prompt.yaml', 'PromptConfig', 'main', {
          task_type: 'main',
          version: 'v1',
          description: 'd',
          system_template: 'You help.',
          allowed_tools: ['look_up'],
        }),
      },
    ],
    providers: numbers(providers).map((i) =>
      write(`p${i}.yaml`, 'Provider', `p${i}`, { type: 'openai', model: `model-${i}`, base_url: baseUrl }),
    ),
    scenarios: numbers(scenarios).map((i) =>
      write(`s${i}.yaml`, 'Scenario', `s${i}`, {
        task_type: 'main',
        description: 'd',
        turns: numbers(turns).map((turn) => ({
          role: 'user',
          content: `scenario ${i}, question ${turn}`,
          assertions: [{ type: 'min_length', params: { min: 1 } }],
        })),
      }),
    ),
    tools: [
      write('tool.yaml', 'Tool', 'look_up', {
        name: 'look_up',
        description: 'looks up',
        input_schema: { type: 'object', properties: { key: { type: 'string' } } },
        output_schema: { type: 'object' },
        mode: 'mock',
        mock_result: { found: true },
      }),
    ],
    defaults: { output: { dir: 'out', formats: ['json'] } },
  });
  return bundle;
}

/** Makes the first turn of every conversation call the tool. */
export const CALL_TOOL_FIRST = {
  answers: [
    {
      when: { turn: 1, after_tool: false },
      answer: { tool_calls: [{ name: 'look_up', arguments: { key: 'k' } }] },
    },
  ],
};
