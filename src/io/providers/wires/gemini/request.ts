/** Bodies of requests to the Gemini API. Source: Gemini API reference, "Generating content". */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CallParameters, CompletionRequest } from '../../../../core/provider.js';
import { toolTexts } from '../tool-texts.js';
import { wireContents } from './contents.js';

/** What of a request body is the same for each call of a provider. */
export interface GeminiRequestSettings {
  /** Whether results of tools can hold media themselves. */
  mediaInResults: boolean;
  /** Further members of the body, sent as they stand. */
  extra: { [name: string]: JsonValue };
  /** Further members of `generationConfig`. */
  generation: { [name: string]: JsonValue };
}

/** The body of one request, as JSON text. Throws an `ArenaError` for what the service cannot be told. */
export function geminiRequestBody(request: CompletionRequest, settings: GeminiRequestSettings): string {
  const { tools = [], toolChoice, parameters } = request;
  const { system, contents } = wireContents(request.messages, settings.mediaInResults);
  const rest: { [name: string]: unknown } = { ...settings.extra };
  if (system.length > 0) rest.systemInstruction = { parts: [{ text: system.join('\n\n') }] };
  if (tools.length > 0 && toolChoice !== undefined) {
    rest.toolConfig = { functionCallingConfig: functionCalling(toolChoice) };
  }
  const generation = { ...settings.generation, ...sampling(parameters) };
  if (Object.keys(generation).length > 0) rest.generationConfig = generation;
  const written = [`"contents":${JSON.stringify(contents)}`];
  if (tools.length > 0) written.push(`"tools":[{"functionDeclarations":[${tools.map(wireTool).join(',')}]}]`);
  const tail = JSON.stringify(rest).slice(1, -1);
  if (tail !== '') written.push(tail);
  return `{${written.join(',')}}`;
}

function sampling(given: CallParameters): { [name: string]: unknown } {
  const sent: { [name: string]: unknown } = {};
  const { temperature, topP, maxTokens, seed, frequencyPenalty, presencePenalty, stop, responseFormat } = given;
  if (temperature !== undefined) sent.temperature = temperature;
  if (topP !== undefined) sent.topP = topP;
  if (maxTokens !== undefined && maxTokens > 0) sent.maxOutputTokens = maxTokens;
  if (seed !== undefined) sent.seed = seed;
  if (frequencyPenalty !== undefined) sent.frequencyPenalty = frequencyPenalty;
  if (presencePenalty !== undefined) sent.presencePenalty = presencePenalty;
  if (stop !== undefined) sent.stopSequences = stop;
  if (responseFormat !== undefined) {
    sent.responseMimeType = 'application/json';
    if (responseFormat.type === 'json_schema') sent.responseJsonSchema = responseFormat.schema;
  }
  return sent;
}

const MODES = { auto: 'AUTO', required: 'ANY', none: 'NONE' } as const;

function functionCalling(choice: NonNullable<CompletionRequest['toolChoice']>): { [name: string]: unknown } {
  if (typeof choice === 'string') return { mode: MODES[choice] };
  return { mode: 'ANY', allowedFunctionNames: [choice.tool] };
}

/** `parametersJsonSchema` takes JSON Schema as it is; `parameters` refuses most of its keywords. */
const wireTool = toolTexts(({ name, description, inputSchema }) => ({
  name,
  description,
  parametersJsonSchema: inputSchema,
}));
