/** What is said to the service that repeats keys. */
import { stringify } from 'yaml';

/** Four scenarios: `talk` passes, `no` fails its check, `refuse` and `break` are refused. `ownProvider`: a spec. */
export function talksBundle(ownProvider?: object): { [path: string]: string } {
  const says = { talk: 'Talk', no: 'Say no', refuse: 'Refuse', break: 'Break' };
  const scenario = (name: string, content: string) =>
    document('Scenario', name, {
      task_type: 'talker',
      turns: [{ role: 'user', content, assertions: [{ type: 'min_length', params: { min: 5 } }] }],
    });
  return {
    'config.arena.yaml': document('Arena', 'talks', {
      prompt_configs: [{ id: 'talker', file: 'talker.yaml' }],
      scenarios: Object.keys(says).map((name) => ({ file: `scenarios/${name}.yaml` })),
      ...(ownProvider === undefined ? {} : { providers: [{ file: 'provider.yaml' }] }),
    }),
    'talker.yaml': document('PromptConfig', 'talker', { task_type: 'talker', system_template: 'Talk.' }),
    ...(ownProvider === undefined ? {} : { 'provider.yaml': document('Provider', 'own', ownProvider) }),
    ...Object.fromEntries(
      Object.entries(says).map(([name, content]) => [`scenarios/${name}.yaml`, scenario(name, content)]),
    ),
  };
}

const document = (kind: string, name: string, spec: object) => stringify({ kind, metadata: { name }, spec });

/** One scenario, `search`, in which the model calls the tool of that name, which the bundle has not. */
export function searchBundle(): { [path: string]: string } {
  const called = { type: 'tools_called', params: { tools: ['search'] } };
  return {
    'config.arena.yaml': document('Arena', 'searches', {
      prompt_configs: [{ id: 'talker', file: 'talker.yaml' }],
      scenarios: [{ file: 'search.yaml' }],
    }),
    'talker.yaml': document('PromptConfig', 'talker', {
      task_type: 'talker',
      system_template: 'Talk.',
      allowed_tools: ['search'],
    }),
    'search.yaml': document('Scenario', 'search', {
      task_type: 'talker',
      turns: [{ role: 'user', content: 'Search', assertions: [called] }],
    }),
  };
}

/** As the data of a ConfigMap, whose keys hold no slash. */
export const asConfigMap = (files: { [path: string]: string }): { data: { [key: string]: string } } => ({
  data: Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replaceAll('/', '__'), text])),
});
