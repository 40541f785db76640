/** Bodies of requests to the Messages API. Source: Anthropic API reference, "Create a message". */
import type { JsonValue } from '../../../../core/conversation.js';
import { ArenaError } from '../../../../core/errors.js';
import type { CallParameters, CompletionRequest, ResponseFormat, ToolDescriptor } from '../../../../core/provider.js';
import { toolTexts } from '../tool-texts.js';
import { isRecord } from '../wire.js';
import { type WireConversation, wireConversation } from './messages.js';
import { outputSchema } from './output-schema.js';

/** What of a request body is the same for each call of a provider. */
export interface AnthropicRequestSettings {
  /** Members that the place of the service wants first: the model, or a version in its stead. */
  head: { [name: string]: JsonValue };
  /** Sent where a call bounds its answer by nothing: the service wants a bound. In tokens. */
  maxTokens: number;
  /** Mark the stable part of each request, whether a request asks for it or not. */
  cachesPrompts: boolean;
  /** How long a marked part is kept. Default: 5 minutes. */
  cacheTtl: '5m' | '1h' | undefined;
  /** Whether the body says that the answer is to be streamed; elsewhere the path says it. */
  saysStream: boolean;
  /** Further members, sent as they stand. */
  extra: { [name: string]: JsonValue };
}

/** Told to the model where JSON of any form is asked for: the service has a mode for JSON of a schema only. */
const ANY_JSON = 'Answer with one JSON value and nothing else: no text before or after it, no code fence.';

/** The body of one request, as JSON text. Throws an `ArenaError` for what the service cannot be told. */
export function anthropicRequestBody(request: CompletionRequest, settings: AnthropicRequestSettings): string {
  const { tools = [], toolChoice, parameters } = request;
  const conversation = wireConversation(request.messages);
  if (parameters.responseFormat?.type === 'json') conversation.system.push(ANY_JSON);
  const mark = cacheMark(request, settings);
  const rest: { [name: string]: unknown } = { ...settings.extra, ...sampling(parameters, settings) };
  const format = parameters.responseFormat === undefined ? undefined : outputFormat(parameters.responseFormat);
  if (format !== undefined) rest.output_config = { ...members(settings.extra.output_config), format };
  if (tools.length > 0 && toolChoice !== undefined) rest.tool_choice = wireChoice(toolChoice);
  if (settings.saysStream && request.stream === true) rest.stream = true;
  const written = [JSON.stringify(settings.head).slice(1, -1)];
  if (conversation.system.length > 0) written.push(`"system":${systemText(conversation.system, mark)}`);
  // The service marks the end of the messages itself where the provider file asks for that.
  const messagesMark = settings.extra.cache_control === undefined ? mark : undefined;
  written.push(`"messages":${messagesText(conversation, messagesMark)}`);
  if (tools.length > 0) written.push(`"tools":[${toolsText(tools, mark)}]`);
  written.push(JSON.stringify(rest).slice(1, -1));
  return `{${written.join(',')}}`;
}

function sampling(given: CallParameters, settings: AnthropicRequestSettings): { [name: string]: unknown } {
  const { temperature, topP, maxTokens, stop } = given;
  const sent: { [name: string]: unknown } = { max_tokens: settings.maxTokens };
  if (typeof settings.extra.max_tokens === 'number') sent.max_tokens = settings.extra.max_tokens;
  if (maxTokens !== undefined && maxTokens > 0) sent.max_tokens = maxTokens;
  if (temperature !== undefined) {
    if (temperature > 1) throw tooHot(temperature);
    sent.temperature = temperature;
  }
  // 1 is what the service does by itself, and newer models refuse the two side by side.
  if (topP !== undefined && topP !== 1) sent.top_p = topP;
  if (stop !== undefined) sent.stop_sequences = stop;
  return sent;
}

function tooHot(temperature: number): ArenaError {
  const message = `The temperature ${temperature} is out of range: Anthropic takes 0 to 1.`;
  return new ArenaError({ code: 'invalid_input', message, hint: 'lower temperature, or set it per provider' });
}

function outputFormat(format: ResponseFormat): { [name: string]: JsonValue } | undefined {
  return format.type === 'json' ? undefined : { type: 'json_schema', schema: outputSchema(format.schema) };
}

function members(value: JsonValue | undefined): { [name: string]: unknown } {
  return isRecord(value) ? value : {};
}

function wireChoice(choice: NonNullable<CompletionRequest['toolChoice']>): { [name: string]: string } {
  if (typeof choice === 'object') return { type: 'tool', name: choice.tool };
  return { type: choice === 'required' ? 'any' : choice };
}

/** `cache_control` of a block, as JSON text; undefined where nothing is marked. */
function cacheMark(request: CompletionRequest, settings: AnthropicRequestSettings): string | undefined {
  if (request.cachePrompt !== true && !settings.cachesPrompts) return undefined;
  const { cacheTtl } = settings;
  return JSON.stringify({ type: 'ephemeral', ...(cacheTtl === undefined ? {} : { ttl: cacheTtl }) });
}

function systemText(system: readonly string[], mark: string | undefined): string {
  const text = JSON.stringify(system.length === 1 ? system[0] : system.join('\n\n'));
  return mark === undefined ? text : `[{"type":"text","text":${text},"cache_control":${mark}}]`;
}

/** Messages whose end is marked: the newest of the user, and the one before, which the last request has marked. */
const MARKED_MESSAGES = 2;

function messagesText({ messages }: WireConversation, mark: string | undefined): string {
  let left = mark === undefined ? 0 : MARKED_MESSAGES;
  for (let index = messages.length - 1; index >= 0 && left > 0; index -= 1) {
    const message = messages[index];
    const block = message?.role === 'user' ? message.content.at(-1) : undefined;
    if (message === undefined || block === undefined) continue;
    // A block may be the same object in other conversations.
    message.content[message.content.length - 1] = { ...block, cache_control: JSON.parse(mark ?? 'null') };
    left -= 1;
  }
  return JSON.stringify(messages.map(({ role, content }) => ({ role, content: shortest(content) })));
}

/** A single text may stand without its block. */
function shortest(content: readonly { [name: string]: unknown }[]): unknown {
  const [first] = content;
  const isPlain = content.length === 1 && first?.type === 'text' && first.cache_control === undefined;
  return isPlain ? first.text : content;
}

function toolsText(tools: readonly ToolDescriptor[], mark: string | undefined): string {
  const texts = tools.map(wireTool);
  const last = texts.at(-1);
  if (mark !== undefined && last !== undefined) {
    texts[texts.length - 1] = `${last.slice(0, -1)},"cache_control":${mark}}`;
  }
  return texts.join(',');
}

/** The service wants an object's schema, and says so of a tool without parameters as well. */
const wireTool = toolTexts(({ name, description, inputSchema }) => ({
  name,
  description,
  input_schema: { type: 'object', ...inputSchema },
}));
