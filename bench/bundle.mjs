import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Scenarios of the bundle at most; the rest of the conversations are trials of them. */
const MAX_SCENARIOS = 10;

/** Conversations of a plan differ by scenario and trial only, so their number must divide. */
function scenarioCount(/** @type {number} */ calls) {
  for (let count = MAX_SCENARIOS; count > 1; count -= 1) if (calls % count === 0) return count;
  return 1;
}

/**
 * Writes a bundle whose run makes one call in each of `calls` conversations, and judges the answer.
 * @param {string} folder
 * @param {{ calls: number, baseUrl: string }} options
 */
export async function writeBundle(folder, { calls, baseUrl }) {
  const count = scenarioCount(calls);
  const scenario = (/** @type {number} */ index) => ({
    task_type: 'echo',
    description: `Question ${index}`,
    trials: calls / count,
    turns: [
      {
        role: 'user',
        content: `Question ${index}: where is my order?`,
        assertions: [{ type: 'content_includes', params: { patterns: ['You said'] } }],
      },
    ],
  });
  const arena = {
    apiVersion: 'promptkit.altairalabs.ai/v1alpha1',
    kind: 'Arena',
    metadata: { name: 'bench' },
    spec: {
      prompt_specs: {
        echo: {
          task_type: 'echo',
          version: 'v1',
          description: 'Answers customers.',
          system_template: 'You answer customers of a small shop. Be brief.',
        },
      },
      provider_specs: { endpoint: { type: 'openai', model: 'mock', base_url: baseUrl } },
      scenario_specs: Object.fromEntries(Array.from({ length: count }, (_, index) => [`q${index}`, scenario(index)])),
      defaults: { temperature: 0, max_tokens: 100 },
    },
  };
  await mkdir(folder, { recursive: true });
  // JSON is YAML.
  await writeFile(join(folder, 'config.arena.yaml'), JSON.stringify(arena, null, 2));
  return calls;
}
