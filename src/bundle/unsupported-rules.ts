/**
 * What a bundle may say and this version cannot do yet. A line leaves its table with the work that makes the thing true.
 */
import type { ArenaSpec } from '../schema/arena.js';
import type { PromptConfigSpec } from '../schema/prompt-config.js';
import type { ProviderSpec } from '../schema/provider.js';
import type { ScenarioSpec, TurnSpec } from '../schema/scenario.js';
import type { ToolSpec } from '../schema/tool.js';
import type { Fault } from './fault.js';

export type Path = readonly (string | number)[];

/** `error`: the run is refused. `warning`: it runs, and this part has no effect. */
export interface Rule<Spec> {
  severity: Fault['severity'];
  /** Below the spec. */
  path: Path;
  /** What is named there, e.g. `self-play`. */
  what: string;
  /** What to do instead. */
  hint?: string;
  isUsed(spec: Spec): boolean;
}

const has = <Spec>(key: keyof Spec & string, what: string, severity: Fault['severity'] = 'error'): Rule<Spec> => ({
  severity,
  path: [key],
  what,
  isUsed: (spec) => !isEmpty(spec[key]),
});

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

export const arenaRules: readonly Rule<ArenaSpec>[] = [
  has('compositions', 'a composition'),
  has('a2a_agents', 'an agent over A2A'),
  has('agents', 'an agent made of a prompt'),
  { ...has('memory', 'memory'), isUsed: ({ memory }) => memory !== undefined && memory.enabled !== false },
  {
    ...has('state', 'a store for conversations other than memory'),
    isUsed: ({ state }) => state?.enabled !== false && (state?.persistence ?? 'memory') !== 'memory',
  },
  {
    ...has('defaults', 'a recording of the conversations', 'warning'),
    path: ['defaults', 'output', 'recording'],
    isUsed: ({ defaults }) => defaults?.output.recording?.enabled === true,
  },
  {
    ...has('state', 'a bound on the turns that are kept'),
    path: ['state', 'max_history_turns'],
    isUsed: ({ state }) => state?.enabled !== false && state?.max_history_turns !== undefined,
  },
  has('pack_evals', 'an eval of the whole bundle', 'warning'),
  has('runtime', 'a hook of a host', 'warning'),
  {
    ...has('defaults', 'the live audio monitor', 'warning'),
    path: ['defaults', 'monitor'],
    isUsed: ({ defaults }) => !isEmpty(defaults?.monitor) && defaults?.monitor !== false,
  },
  {
    ...has('defaults', 'a classifier', 'warning'),
    path: ['defaults', 'inference'],
    isUsed: ({ defaults }) => !isEmpty(defaults?.inference) && defaults?.inference !== false,
  },
];

export const scenarioRules: readonly Rule<ScenarioSpec>[] = [
  {
    ...has('self_play', 'self-play of a whole scenario'),
    isUsed: ({ self_play }) => self_play !== undefined && self_play.enabled !== false,
  },
  has('duplex', 'a two-way audio stream'),
  has('voice', 'a spoken conversation'),
  has('seed_memories', 'memory'),
  {
    ...has('context_policy', 'a strategy other than oldest and fail', 'warning'),
    path: ['context_policy', 'strategy'],
    isUsed: ({ context_policy }) => ['summarize', 'relevance'].includes(context_policy?.strategy ?? ''),
  },
  {
    ...has('context_policy', 'prompt caching', 'warning'),
    path: ['context_policy', 'cache_breakpoints'],
    isUsed: ({ context_policy }) => context_policy?.cache_breakpoints === true,
  },
];

export const turnRules: readonly Rule<TurnSpec>[] = [
  has('chaos', 'an injection of faults'),
  {
    ...has('parts', 'media from an external store'),
    isUsed: ({ parts }) => parts?.some(({ media }) => media?.storage_reference !== undefined) ?? false,
  },
];

export const promptRules: readonly Rule<PromptConfigSpec>[] = [
  has('model_overrides', 'a template for one model', 'warning'),
  has('evals', 'an eval of a prompt', 'warning'),
  has('parameters', 'a sampling parameter in a prompt', 'warning'),
];

export const toolRules: readonly Rule<ToolSpec>[] = [
  {
    ...has('mode', 'a function of a host program'),
    hint: 'there is no host here: give the tool a mock_result or mock_template, or another mode',
    isUsed: ({ mode, mock_result, mock_template, mock_parts }) =>
      mode === 'local' && mock_result === undefined && mock_template === undefined && mock_parts === undefined,
  },
  {
    ...has('exec', 'a program that lives longer than a call'),
    path: ['exec', 'runtime'],
    hint: 'leave runtime out: a process is started for each call',
    isUsed: ({ mode, exec }) => mode === 'exec' && (exec?.runtime ?? 'exec') !== 'exec',
  },
  {
    ...has('exec', 'a sandbox'),
    path: ['exec', 'sandbox'],
    hint: 'leave sandbox out and run the worker itself where its programs can do no harm',
    isUsed: ({ mode, exec }) => mode === 'exec' && exec?.sandbox !== false && !isEmpty(exec?.sandbox),
  },
  {
    ...has('http', 'a variable that no header uses', 'warning'),
    path: ['http', 'headers_from_env'],
    hint: 'write Header-Name=VARIABLE, or put the variable into headers',
    isUsed: ({ http }) => {
      const written = Object.values({ ...http?.headers, ...http?.request?.static_headers }).join(' ');
      const bare = http?.headers_from_env?.filter((entry) => !entry.includes('=')) ?? [];
      return bare.some((name) => !written.includes(`{${name}}`));
    },
  },
  {
    ...has('client', 'a decline_strategy other than error', 'warning'),
    path: ['client', 'consent', 'decline_strategy'],
    hint: 'the model is told that the user declined',
    isUsed: ({ client }) => (client?.consent?.decline_strategy ?? 'error') !== 'error',
  },
];

export const providerRules: readonly Rule<ProviderSpec>[] = [
  {
    ...has('platform', 'a model hosted by a cloud'),
    isUsed: ({ type, platform }) => type !== 'mock' && !isEmpty(platform),
  },
  { ...has('role', 'generation of images'), isUsed: ({ role }) => role === 'image' },
  {
    ...has('additional_config', 'the Responses API'),
    path: ['additional_config', 'api_mode'],
    isUsed: ({ additional_config }) => additional_config?.api_mode === 'responses',
  },
  {
    ...has('rate_limit', 'a rate limit', 'warning'),
    isUsed: ({ type, rate_limit }) => type !== 'mock' && (rate_limit?.rps ?? 0) > 0,
  },
  {
    ...has('stream_retry', 'a retry of broken streams', 'warning'),
    isUsed: ({ type, stream_retry }) => type !== 'mock' && stream_retry?.enabled === true,
  },
  has('stream_max_concurrent', 'a bound on streams at once', 'warning'),
  has('http_transport', 'a setting of the connection pool', 'warning'),
  {
    ...has('defaults', 'prompt caching', 'warning'),
    path: ['defaults', 'prompt_caching'],
    isUsed: ({ defaults }) => !isEmpty(defaults?.prompt_caching) && defaults?.prompt_caching !== false,
  },
];
