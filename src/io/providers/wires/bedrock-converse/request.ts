/** Bodies of Converse requests. Source: Amazon Bedrock API reference, "Converse", request syntax. */
import type { JsonValue } from '../../../../core/conversation.js';
import type { CallParameters, CompletionRequest, ResponseFormat } from '../../../../core/provider.js';
import { toolTexts } from '../tool-texts.js';
import type { Block } from './media.js';
import { type WireMessage, wireConversation } from './messages.js';

/** What of a request body is the same for each call of a provider. */
export interface ConverseSettings {
  /** Whether the model takes the status of a tool's result: Claude and Nova do. */
  marksErrors: boolean;
  /** Whether each request marks its stable part for the cache, unless it says so itself. */
  cachesPrompts: boolean;
  /** Further members of the body. */
  extra: { [name: string]: JsonValue };
  /** What only this model knows. */
  modelFields: { [name: string]: JsonValue };
}

/** Told to the model where JSON of any form is asked for: the service has a mode for JSON of a schema only. */
const ANY_JSON = 'Answer with one JSON value and nothing else: no text before or after it, no code fence.';

const CACHE_POINT = { cachePoint: { type: 'default' } };

/** The body of one request, as JSON text. */
export function converseBody(request: CompletionRequest, settings: ConverseSettings): string {
  const { parameters, cachePrompt } = request;
  const { system, messages, hasCalls } = wireConversation(request.messages, settings.marksErrors);
  const { responseFormat: format } = parameters;
  if (format?.type === 'json') system.push({ text: ANY_JSON });
  if (cachePrompt === true || settings.cachesPrompts) markForCache(system, messages);
  const rest: { [name: string]: unknown } = { ...settings.extra };
  const inference = inferenceConfig(parameters);
  if (inference !== undefined) rest.inferenceConfig = inference;
  if (format?.type === 'json_schema') rest.outputConfig = outputConfig(format);
  if (Object.keys(settings.modelFields).length > 0) rest.additionalModelRequestFields = settings.modelFields;
  const members = [`"messages":${JSON.stringify(messages)}`];
  if (system.length > 0) members.push(`"system":${JSON.stringify(system)}`);
  const tools = toolConfig(request, hasCalls);
  if (tools !== undefined) members.push(`"toolConfig":${tools}`);
  const tail = JSON.stringify(rest);
  return `{${members.join(',')}${tail === '{}' ? '}' : `,${tail.slice(1)}`}`;
}

/** Messages whose end is marked: the newest of the user, and the one before, which the last request has marked. */
const MARKED_MESSAGES = 2;

/** Marks of tools are left out, which few models take: those of the instructions stand behind them anyway. */
function markForCache(system: Block[], messages: readonly WireMessage[]): void {
  if (system.length > 0) system.push(CACHE_POINT);
  const users = messages.filter(({ role }) => role === 'user');
  for (const { content } of users.slice(-MARKED_MESSAGES)) content.push(CACHE_POINT);
}

function inferenceConfig({ maxTokens, temperature, topP, stop }: CallParameters): object | undefined {
  const config: { [name: string]: unknown } = {};
  if (maxTokens !== undefined && maxTokens > 0) config.maxTokens = maxTokens;
  if (temperature !== undefined) config.temperature = temperature;
  if (topP !== undefined) config.topP = topP;
  if (stop !== undefined) config.stopSequences = stop;
  return Object.keys(config).length > 0 ? config : undefined;
}

function outputConfig({ name, description, schema }: Extract<ResponseFormat, { type: 'json_schema' }>): object {
  const jsonSchema = { name, description, schema: schemaText(schema) };
  return { textFormat: { type: 'json_schema', structure: { jsonSchema } } };
}

/** Schemas are the same objects in each request of a prompt. */
const schemaTexts = new WeakMap<object, string>();

function schemaText(schema: { [key: string]: JsonValue }): string {
  let text = schemaTexts.get(schema);
  if (text === undefined) {
    text = JSON.stringify(schema);
    schemaTexts.set(schema, text);
  }
  return text;
}

/**
 * As JSON text. The service cannot be told to call none: then they are left out, unless the conversation holds calls,
 * which are refused without the tools that they call.
 */
function toolConfig({ tools = [], toolChoice }: CompletionRequest, hasCalls: boolean): string | undefined {
  if (tools.length === 0 || (toolChoice === 'none' && !hasCalls)) return undefined;
  const choice = wireChoice(toolChoice);
  const chosen = choice === undefined ? '' : `,"toolChoice":${JSON.stringify(choice)}`;
  return `{"tools":[${tools.map(wireTool).join(',')}]${chosen}}`;
}

function wireChoice(choice: CompletionRequest['toolChoice']): object | undefined {
  if (choice === 'auto') return { auto: {} };
  if (choice === 'required') return { any: {} };
  return typeof choice === 'object' ? { tool: { name: choice.tool } } : undefined;
}

const wireTool = toolTexts(({ name, description, inputSchema }) => {
  // An empty description is refused.
  const said = description === '' ? {} : { description };
  return { toolSpec: { name, ...said, inputSchema: { json: inputSchema } } };
});
