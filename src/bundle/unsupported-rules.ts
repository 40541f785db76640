/**
 * What a bundle may say and this version cannot do yet. A line leaves its table with the work that makes the thing true.
 */
import type { ArenaSpec } from '../schema/arena.js';
import type { PersonaSpec } from '../schema/persona.js';
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

const AS_TEXT = 'conversations are held as text';

/** What is said in it can be known only by listening. */
function isOnlySound({ content, parts = [] }: TurnSpec): boolean {
  const isText = parts.some(({ type, text }) => type === 'text' && (text ?? '') !== '');
  return (content ?? '') === '' && !isText && parts.some(({ type }) => type === 'audio');
}

export const arenaRules: readonly Rule<ArenaSpec>[] = [
  {
    ...has('state', 'a store of its own for conversations', 'warning'),
    path: ['state', 'persistence'],
    hint: 'they live in the store of the run, which outlives every process',
    isUsed: ({ state }) => state?.enabled !== false && (state?.persistence ?? 'memory') !== 'memory',
  },
  {
    ...has('runtime', 'a hook of a host'),
    hint: 'there is no host here that could run it: take runtime out',
  },
  { ...has('tts_providers', 'a provider of speech', 'warning'), hint: AS_TEXT },
  { ...has('stt_providers', 'a provider of transcription', 'warning'), hint: AS_TEXT },
  { ...has('voices', 'a voice', 'warning'), hint: AS_TEXT },
  { ...has('image_providers', 'a provider of images', 'warning'), hint: 'no tool of a model generates images here' },
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
  { ...has('duplex', 'a two-way audio stream', 'warning'), hint: AS_TEXT },
  { ...has('voice', 'a spoken conversation', 'warning'), hint: AS_TEXT },
];

/** Of scenarios that somebody holds who has to listen: scripted and recorded answers come whatever was said. */
export const soundRules: readonly Rule<ScenarioSpec>[] = [
  {
    ...has('turns', 'a turn that is only sound in a spoken conversation'),
    hint: 'write what is said as content or as a text part: there is no transcription here',
    isUsed: ({ duplex, voice, turns }) => (!isEmpty(duplex) || !isEmpty(voice)) && (turns ?? []).some(isOnlySound),
  },
];

/** Of scenarios that an agent holds. */
export const agentRules: readonly Rule<ScenarioSpec>[] = [
  {
    ...has('context_policy', 'a context policy for an agent', 'warning'),
    hint: 'the agent keeps the history itself, and cuts it as it is configured',
    isUsed: ({ context_policy }) => (context_policy?.token_budget ?? 0) > 0,
  },
];

export const turnRules: readonly Rule<TurnSpec>[] = [
  {
    ...has('parts', 'media from an external store'),
    hint: 'name the media by file_path, url or data',
    isUsed: ({ parts }) => parts?.some(({ media }) => media?.storage_reference !== undefined) ?? false,
  },
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

export const personaRules: readonly Rule<PersonaSpec>[] = [{ ...has('voice', 'a voice', 'warning'), hint: AS_TEXT }];

export const promptRules: readonly Rule<PromptConfigSpec>[] = [
  {
    ...has('parameters', 'a sampling parameter of another name', 'warning'),
    hint: 'temperature, top_p, max_tokens, seed, frequency_penalty, presence_penalty, stop and response_format are sent',
    isUsed: ({ parameters }) => Object.values(parameters ?? {}).includes(null),
  },
];

/** Types whose answers stand in a file. */
export function isScripted(type: string): boolean {
  return type === 'mock' || type === 'replay';
}

export const providerRules: readonly Rule<ProviderSpec>[] = [
  {
    ...has('model', 'a model that only speaks'),
    hint: 'name one that holds conversations as text, or run with --mock-provider',
    isUsed: ({ type, model }) => type !== 'mock' && /(^|[-_/])realtime([-_]|$)/.test(model ?? ''),
  },
  {
    ...has('platform', 'a project outside of Vertex AI', 'warning'),
    path: ['platform', 'project'],
    isUsed: ({ type, platform }) => !isScripted(type) && platform?.project !== undefined && platform.type !== 'vertex',
  },
  {
    ...has('platform', 'a region of Azure', 'warning'),
    path: ['platform', 'region'],
    hint: 'the endpoint says where the deployment is',
    isUsed: ({ type, platform }) => !isScripted(type) && platform?.region !== undefined && platform.type === 'azure',
  },
  {
    ...has('role', 'generation of images'),
    // What these two answer stands in a file, images among it.
    isUsed: ({ type, role }) => role === 'image' && type !== 'mock' && type !== 'replay',
  },
];
