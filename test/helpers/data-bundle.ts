import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** What the scenario `people` is answered: two of the four are as `PERSON` wants them. */
const PEOPLE = ['{"name": "Ann"}', '```json\n{"name": "=Bob \\"B\\"\\n"}\n```', '{"name": 5}', 'I know nobody.'];

export const PERSON = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };

/** Answers of the scenario `same`, whose user always says the same. */
export const SAME_ANSWERS = 4;

/** A bundle for records: scenarios on the mock provider `mock`, and `slow` on a server of models. */
export function writeDataBundle(folder: string, modelUrl: string): void {
  mkdirSync(folder, { recursive: true });
  const scenario = (content: string, assertions: object[] = []) => {
    return { task_type: 'main', description: 'd', turns: [{ role: 'user', content, assertions }] };
  };
  const spec = {
    prompt_specs: { main: { task_type: 'main', version: 'v1', description: 'd', system_template: 'You help.' } },
    provider_specs: {
      mock: { type: 'mock', model: 'm', additional_config: { mock_config: 'mock.yaml' } },
      slow: { type: 'openai', model: 'm', base_url: modelUrl },
    },
    scenario_specs: {
      plain: scenario('Question {{record_number}}: where is my order {{record_seed}}?'),
      checked: scenario('Is it {{record_number}}?', [{ type: 'content_includes', params: { patterns: ['yes'] } }]),
      people: scenario('Make up a person.'),
      same: scenario('Hello.'),
    },
  };
  const mock = {
    scenarios: {
      checked: { defaultResponse: { any_of: ['yes', 'no'] } },
      people: { defaultResponse: { any_of: PEOPLE } },
      same: { defaultResponse: { any_of: Array.from({ length: SAME_ANSWERS }, (_, i) => `Answer ${i}.`) } },
      plain: { defaultResponse: { any_of: ['On its way.', 'At sea.', '"Lost",\nsorry.'] } },
    },
  };
  const arena = { apiVersion: 'promptkit.altairalabs.ai/v1alpha1', kind: 'Arena', metadata: { name: 'data' }, spec };
  writeFileSync(join(folder, 'config.arena.yaml'), stringify(arena));
  writeFileSync(join(folder, 'mock.yaml'), stringify(mock));
}
