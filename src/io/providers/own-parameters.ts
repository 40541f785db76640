/** What a provider file says of the parameters of its requests, whatever wire format carries them. */
import type { CallParameters, CompletionRequest } from '../../core/provider.js';
import { responseFormatSchema, stopSchema } from '../../schema/response-format.js';
import { invalid, type ProviderDocument } from './provider-settings.js';

/** Names of parameters in provider files: ours, and those of the wire formats. */
const NAMES: ReadonlyMap<string, keyof CallParameters> = new Map(
  (
    [
      ['temperature'],
      ['topP', 'top_p'],
      ['maxTokens', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'maxOutputTokens', 'num_predict'],
      ['seed'],
      ['frequencyPenalty', 'frequency_penalty'],
      ['presencePenalty', 'presence_penalty'],
      ['stop', 'stop_sequences', 'stopSequences'],
      ['responseFormat', 'response_format', 'format', 'responseSchema', 'responseJsonSchema'],
    ] as const
  ).flatMap(([ours, ...others]) => [ours, ...others].map((name): [string, keyof CallParameters] => [name, ours])),
);

const TOOL_CHOICE = new Set(['tool_choice', 'toolChoice', 'toolConfig']);

/**
 * What each request of a provider becomes before it is written: `additional_config` adds `stop` and `response_format`
 * where nothing else says them, `unsupported_params` takes parameters out. Undefined when the file says neither. Throws
 * `invalid_input` for values that mean nothing.
 */
export function ownParameters(
  provider: ProviderDocument,
): ((request: CompletionRequest) => CompletionRequest) | undefined {
  const added = addedParameters(provider);
  const names = provider.spec.unsupported_params ?? [];
  const removed = new Set(names.map((name) => NAMES.get(name)).filter((name) => name !== undefined));
  const freeChoice = names.some((name) => TOOL_CHOICE.has(name));
  if (Object.keys(added).length === 0 && removed.size === 0 && !freeChoice) return undefined;
  return (request) => {
    const parameters = { ...added, ...request.parameters };
    for (const name of removed) delete parameters[name];
    return freeChoice ? { ...request, parameters, toolChoice: undefined } : { ...request, parameters };
  };
}

function addedParameters(provider: ProviderDocument): CallParameters {
  const { stop, response_format: format } = provider.spec.additional_config ?? {};
  const added: CallParameters = {};
  const stops = stopSchema.optional().safeParse(stop);
  if (!stops.success) throw unusable(provider, ['stop'], 'is neither a text nor a list of texts');
  if (stops.data !== undefined) added.stop = stops.data;
  const formats = responseFormatSchema.optional().safeParse(format);
  if (!formats.success) {
    const [issue] = formats.error.issues;
    throw unusable(provider, ['response_format', ...(issue?.path.map(String) ?? [])], issue?.message ?? '');
  }
  if (formats.data !== undefined) added.responseFormat = formats.data;
  return added;
}

function unusable(provider: ProviderDocument, path: string[], why: string) {
  const where = provider.at(['spec', 'additional_config', ...path]);
  const hint = 'write it as OpenAI’s chat completions do';
  return invalid(`${where} provider ${provider.id}: additional_config.${path.join('.')} ${why}`, hint);
}
