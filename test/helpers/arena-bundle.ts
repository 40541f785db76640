import { stringify } from 'yaml';

export interface ArenaBundleParts {
  /** Specs of the providers, by id. */
  providers: { [id: string]: object };
  /** What the user says in each scenario, by id. */
  scenarios: { [id: string]: string[] };
  /** Checks of the last turn of every scenario. Default: an answer that is not empty. */
  assertions?: object[];
  /** Of the Arena file. */
  defaults?: object;
}

/** The files of a bundle of providers × scenarios, by path below `folder`. */
export function arenaBundle(folder: string, parts: ArenaBundleParts): { [path: string]: string } {
  const texts: { [path: string]: string } = {};
  const add = (kind: string, name: string, spec: object) => {
    const file = `${kind.toLowerCase()}-${name}.yaml`;
    texts[`${folder}/${file}`] = stringify({ kind, metadata: { name }, spec });
    return { file };
  };
  const assertions = parts.assertions ?? [{ type: 'min_length', params: { min: 1 } }];
  const prompt = add('PromptConfig', 'main', { task_type: 'main', system_template: 'You help.' });
  const providers = Object.entries(parts.providers).map(([id, spec]) => add('Provider', id, spec));
  const scenarios = Object.entries(parts.scenarios).map(([id, says]) => {
    const last = says.length - 1;
    const turns = says.map((content, at) => ({ role: 'user', content, ...(at === last && { assertions }) }));
    return add('Scenario', id, { task_type: 'main', turns });
  });
  const spec = { prompt_configs: [{ id: 'main', ...prompt }], providers, scenarios, defaults: parts.defaults };
  texts[`${folder}/config.arena.yaml`] = stringify({ kind: 'Arena', metadata: { name: folder }, spec });
  return texts;
}
