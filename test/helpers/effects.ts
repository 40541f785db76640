/**
 * Shows what a field of a bundle does: the same bundle with two values of that one field, and what comes of each. Rows
 * name the field by its leaf in docs/coverage.md, and this sets that very field, so that a row cannot claim another.
 */
import { expect } from '@jest/globals';
import { stringify } from 'yaml';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { PlanCell } from '../../src/core/plan.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { checkWarnings } from '../../src/engine/check-warnings.js';
import { createProviders } from '../../src/io/providers/create.js';
import { supportOf } from '../../src/support.js';
import { type HoldOptions, hold } from './engine-bundle.js';

/** Parts that replace those of the bundle below: keys of specs by kind, and further files. */
export interface Setting {
  arena?: object;
  prompt?: object;
  scenario?: object;
  provider?: object;
  tool?: object;
  persona?: object;
  eval?: object;
  mock?: object;
  files?: { [path: string]: string | Uint8Array };
  hold?: HoldOptions;
  /** Kind whose document has no metadata. */
  nameless?: string;
}

/** What came of a bundle. */
export interface Seen {
  /** Of loading, planning and checks, one a line, e.g. `warning talk.yaml:5:3 …`. */
  faults: string[];
  cells: readonly PlanCell[];
  /** What providers were asked, in order. */
  requests: CompletionRequest[];
  /** Absent when the bundle is not sound. */
  record?: ConversationRecord;
}

/** Leaf, its two values (undefined: absent), what is looked at, what is seen with each, and what else the bundle says. */
export type Effect = [
  leaf: string,
  values: [unknown, unknown],
  look: (seen: Seen) => unknown,
  expected: [unknown, unknown],
  setting?: Setting,
];

type Documents = { [kind: string]: { file: string; document: object } };

/** For `arena`: lets the persona play the user. */
export const PLAYERS = {
  self_play: { personas: [{ file: 'persona.yaml' }], roles: [{ id: 'player', provider: 'model' }] },
};

const JOB = { file: '', document: { bundle: { path: '/bundle' } } };

/** One prompt, scenario, mock provider and tool, each of which takes part; and a persona that `PLAYERS` brings in. */
function documentsOf(setting: Setting): Documents {
  const of = (kind: string, file: string, name: string, spec: object) => ({
    file,
    document: kind === setting.nameless ? { kind, spec } : { kind, metadata: { name }, spec },
  });
  return {
    Arena: of('Arena', 'config.arena.yaml', 'effects', {
      prompt_configs: [{ id: 'main', file: 'prompt.yaml' }],
      providers: [{ file: 'model.yaml' }],
      scenarios: [{ file: 'talk.yaml' }],
      tools: [{ file: 'look.yaml' }],
      ...setting.arena,
    }),
    PromptConfig: of('PromptConfig', 'prompt.yaml', 'main', {
      task_type: 'main',
      system_template: 'You help.',
      allowed_tools: ['look'],
      ...setting.prompt,
    }),
    Scenario: of('Scenario', 'talk.yaml', 'talk', {
      task_type: 'main',
      turns: [{ role: 'user', content: 'Hello' }],
      ...setting.scenario,
    }),
    Provider: of('Provider', 'model.yaml', 'model', {
      type: 'mock',
      model: 'm',
      additional_config: { mock_config: 'mock.yaml' },
      ...setting.provider,
    }),
    Tool: of('Tool', 'look.yaml', 'look', {
      description: 'Looks.',
      mode: 'mock',
      input_schema: { type: 'object' },
      mock_result: { found: true },
      ...setting.tool,
    }),
    Persona: of('Persona', 'persona.yaml', 'ada', { system_prompt: 'You are Ada.', ...setting.persona }),
    Eval: of('Eval', 'eval.yaml', 'old', { recording: { path: 'old.json' }, ...setting.eval }),
    MockConfig: { file: 'mock.yaml', document: { ...setting.mock } },
  };
}

/** Sets one leaf. `[]` stands for the first element; `*` for the only key, or `one` where there is none. */
function setLeaf(documents: Documents, leaf: string, value: unknown): void {
  const [kind = '', ...steps] = leaf.split(/\.(?![^[]*\])/);
  const keys = steps.flatMap((step) => (step.endsWith('[]') ? [step.slice(0, -2), 0] : [step]));
  // The frame of all documents stands for that of the scenario.
  let node: unknown = documents[kind === 'Document' ? 'Scenario' : kind]?.document;
  const named = (key: string | number): string | number =>
    key === '*' ? (Object.keys(Object(node))[0] ?? 'one') : key;
  for (const [index, key] of keys.entries()) {
    const name = named(key);
    const inner = typeof keys[index + 1] === 'number' ? [] : {};
    const next = index === keys.length - 1 ? value : (Reflect.get(Object(node), name) ?? inner);
    if (next === undefined) Reflect.deleteProperty(Object(node), name);
    else Reflect.set(Object(node), name, next);
    node = next;
  }
}

/** The bundle with one leaf set; and the input of a job for it, whose leaves can be set as well. */
export function bundleWith(leaf: string, value: unknown, setting: Setting = {}) {
  const documents = structuredClone(documentsOf(setting));
  const job = structuredClone(JOB);
  setLeaf({ ...documents, JobInput: job }, leaf, value);
  const texts = Object.values(documents).map(({ file, document }): [string, string] => [file, stringify(document)]);
  const all = [...texts, ...Object.entries(setting.files ?? {})];
  const files = new Map(all.map(([path, content]) => [path, Buffer.from(content)]));
  return { ...loadBundleFromFiles(files, 'config.arena.yaml'), input: job.document };
}

/** The conversation of scenario and provider, and everything that was said about the bundle before. */
export async function see(leaf: string, value: unknown, setting: Setting = {}): Promise<Seen> {
  const { bundle, faults } = bundleWith(leaf, value, setting);
  const said = (each: typeof faults) => each.map((fault) => `${fault.severity} ${formatFault(fault)}`);
  if (bundle === undefined) return { faults: said(faults), cells: [], requests: [] };
  const { cells, faults: planned } = planMatrix(bundle);
  const missing = unsupportedFaults(bundle, cells, supportOf(false));
  const odd = checkWarnings(
    bundle,
    cells.map(({ scenario }) => scenario),
  );
  const requests: CompletionRequest[] = [];
  const providers = createProviders(bundle, { env: {} });
  const record = await hold(bundle, {
    ...setting.hold,
    complete: async (request, id) => {
      requests.push(request);
      const answering = setting.hold?.complete;
      if (answering !== undefined) return answering(request, id);
      const provider = providers.get(id);
      if (provider === undefined) throw new Error(`there is no provider ${id}`);
      return provider.complete(request, { signal: new AbortController().signal });
    },
  });
  return { faults: said([...faults, ...planned, ...missing, ...odd]), cells, requests, record };
}

/** For `test.each(rows)('%s', showsEffect)`. */
export async function showsEffect(...[leaf, values, look, expected, setting]: Effect): Promise<void> {
  const seen = [look(await see(leaf, values[0], setting)), look(await see(leaf, values[1], setting))];
  expect(seen).toEqual(expected);
  expect(seen[0]).not.toEqual(seen[1]);
}

/** What rows look at. */
export const system = ({ requests }: Seen): unknown => requests[0]?.messages[0]?.content;
export const said = ({ requests }: Seen): unknown =>
  requests[0]?.messages.findLast(({ role }) => role === 'user')?.content;
export const parameters = ({ requests }: Seen): unknown => requests[0]?.parameters;
export const offered = ({ requests }: Seen): unknown => requests[0]?.tools?.map(({ name }) => name);
export const verdict = ({ record }: Seen): unknown => record?.verdict;
export const error = ({ record }: Seen): unknown => record?.error?.code;
export const calls = ({ requests }: Seen): unknown => requests.length;
export const answers = ({ record }: Seen): unknown =>
  record?.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
export const results = ({ record }: Seen): unknown =>
  record?.messages.filter(({ role }) => role === 'tool').map(({ content }) => content);
export const cells = (seen: Seen): unknown =>
  seen.cells.map(({ scenario, providers, trials }) => [scenario, providers, trials]);
/** True when nothing runs. */
export const refused = (seen: Seen): unknown => seen.faults.some((fault) => fault.startsWith('error '));
/** What is said about the bundle, without places. */
export const faults = (seen: Seen): unknown => seen.faults.map((fault) => fault.replace(/ \S+:\d+:\d+ /, ' '));
