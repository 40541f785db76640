/** What a prompt says to one model: its template, and how that model samples. */
import type { LoadedPrompt, LoadedProvider } from '../bundle/bundle.js';
import type { CallParameters } from '../core/provider.js';
import type { PromptConfigSpec } from '../schema/prompt-config.js';
import type { SamplingSpec } from '../schema/sampling.js';

export interface PromptForModel {
  template: string;
  /** Where the template stands in the prompt's document. */
  path: readonly (string | number)[];
  parameters: CallParameters;
}

type VoiceProfile = NonNullable<PromptConfigSpec['voice_profile']>;

/** Type names that mean the same provider. */
const OTHER_NAMES: { readonly [type: string]: string } = { claude: 'anthropic', gemini: 'google' };

/** The name under which a map by model speaks of a provider: its model, else its id, else its type. */
function keyFor(map: object, provider: LoadedProvider | undefined): string | undefined {
  if (provider === undefined) return undefined;
  const { model, type } = provider.spec;
  return [model, provider.id, type, OTHER_NAMES[type]].find((key) => key !== undefined && Object.hasOwn(map, key));
}

export function promptForModel({ spec }: LoadedPrompt, provider: LoadedProvider | undefined): PromptForModel {
  const { model_overrides: overrides = {}, parameters = {}, system_template, voice_profile } = spec;
  const key = keyFor(overrides, provider);
  const override = key === undefined ? undefined : overrides[key];
  const own = keyFor(parameters, provider);
  const forOne = own === undefined ? undefined : parameters[own];
  const template = [
    override?.system_template_prefix,
    override?.system_template ?? system_template,
    override?.system_template_suffix,
    voiceInstructions(voice_profile),
  ];
  return {
    template: joined(template),
    path: [
      'spec',
      ...(override?.system_template === undefined ? [] : ['model_overrides', key ?? '']),
      'system_template',
    ],
    parameters: {
      ...callParametersOf(parameters as SamplingSpec),
      ...(typeof forOne === 'object' && forOne !== null ? callParametersOf(forOne) : {}),
      ...callParametersOf(override?.parameters ?? {}),
    },
  };
}

/** Parts that are there, with a blank line between; a lone one stays as it is written. */
function joined(parts: readonly (string | undefined)[]): string {
  const said = parts.filter((part): part is string => part !== undefined && part !== '');
  return said.length === 1 ? (said[0] ?? '') : said.map((part) => part.trimEnd()).join('\n\n');
}

function voiceInstructions({ tone, characteristics = [], avoid = [] }: VoiceProfile = {}): string | undefined {
  const lines = [
    ...(tone === undefined || tone === '' ? [] : [`Tone: ${tone}`]),
    ...(characteristics.length === 0 ? [] : [`Be: ${characteristics.join(', ')}`]),
    ...(avoid.length === 0 ? [] : [`Avoid being: ${avoid.join(', ')}`]),
  ];
  return lines.length === 0 ? undefined : lines.join('\n');
}

/** A `max_tokens` of 0 counts as not given. */
function callParametersOf(spec: SamplingSpec): CallParameters {
  const all: CallParameters = {
    temperature: spec.temperature,
    topP: spec.top_p,
    maxTokens: spec.max_tokens || undefined,
    seed: spec.seed,
    frequencyPenalty: spec.frequency_penalty,
    presencePenalty: spec.presence_penalty,
    stop: spec.stop,
    responseFormat: spec.response_format,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
