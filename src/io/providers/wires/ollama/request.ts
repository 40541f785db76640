/** Bodies of requests to Ollama's own chat. Source: Ollama API reference, "Generate a chat message". */
import type { ContentPart, JsonValue } from '../../../../core/conversation.js';
import type { CallParameters, CompletionRequest, RequestMessage } from '../../../../core/provider.js';
import { functionTool } from '../function-tool.js';
import { documentText, hasMedia, mediaContent } from '../media-address.js';
import { takesNo } from '../media-source.js';

const SERVICE = 'Ollama';

/** What of a request body is the same for each call of a provider. */
export interface OllamaRequestSettings {
  model: string;
  /** Members beside `model`, e.g. `keep_alive`. */
  top: { [name: string]: JsonValue };
  /** Members of `options`, e.g. `num_ctx`. */
  options: { [name: string]: JsonValue };
}

/** The body of one request, as JSON text. Models cannot be made to call a tool: of `tool_choice` only `none` counts. */
export function ollamaRequestBody(request: CompletionRequest, settings: OllamaRequestSettings): string {
  const { parameters, messages } = request;
  const tools = request.toolChoice === 'none' ? [] : (request.tools ?? []);
  const options = { ...settings.options, ...optionsOf(parameters) };
  // Unless it is told otherwise Ollama streams.
  const rest: { [name: string]: unknown } = { ...settings.top, stream: request.stream === true };
  const { responseFormat: format } = parameters;
  if (format !== undefined) rest.format = format.type === 'json' ? 'json' : format.schema;
  if (Object.keys(options).length > 0) rest.options = options;
  const members = [`"model":${JSON.stringify(settings.model)}`];
  members.push(`"messages":${JSON.stringify(wireMessages(messages))}`);
  if (tools.length > 0) members.push(`"tools":[${tools.map(functionTool).join(',')}]`);
  return `{${members.join(',')},${JSON.stringify(rest).slice(1)}`;
}

function optionsOf(given: CallParameters): { [name: string]: unknown } {
  const options: { [name: string]: unknown } = {};
  if (given.temperature !== undefined) options.temperature = given.temperature;
  if (given.topP !== undefined) options.top_p = given.topP;
  if (given.maxTokens) options.num_predict = given.maxTokens;
  if (given.seed !== undefined) options.seed = given.seed;
  if (given.stop !== undefined) options.stop = given.stop;
  if (given.frequencyPenalty !== undefined) options.frequency_penalty = given.frequencyPenalty;
  if (given.presencePenalty !== undefined) options.presence_penalty = given.presencePenalty;
  return options;
}

type WireMessage = { [name: string]: unknown };

function wireMessages(messages: readonly RequestMessage[]): WireMessage[] {
  const wire: WireMessage[] = [];
  let media: ContentPart[] = [];
  for (const message of messages) {
    if (message.role !== 'tool' && media.length > 0) {
      wire.push(toolMedia(media));
      media = [];
    }
    wire.push(wireMessage(message));
    if (message.role === 'tool') media.push(...(message.parts ?? []).filter(({ type }) => type !== 'text'));
  }
  if (media.length > 0) wire.push(toolMedia(media));
  return wire;
}

/** Tool messages carry text only: their media come after them in the user's name. */
function toolMedia(media: readonly ContentPart[]): WireMessage {
  return withMedia('user', [{ type: 'text', text: 'Media of the tool results above:' }, ...media]);
}

function wireMessage({ role, content, parts, toolCalls, toolResult }: RequestMessage): WireMessage {
  if (role === 'tool') return { role, content, tool_name: toolResult?.name ?? '' };
  if (role === 'assistant' && toolCalls !== undefined && toolCalls.length > 0) {
    return { role, content, tool_calls: toolCalls.map(({ name, args }) => ({ function: { name, arguments: args } })) };
  }
  if (role === 'user' && hasMedia(parts)) return withMedia(role, parts);
  return { role, content };
}

/** Text of a part; undefined where it has to be looked at. */
function textOf(part: ContentPart): string | undefined {
  return part.type === 'text' ? (part.text ?? '') : documentText(part);
}

/** Images stand beside the text; where in it they were is not told. */
function withMedia(role: string, parts: readonly ContentPart[]): WireMessage {
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of parts) {
    const text = textOf(part);
    if (text === undefined) images.push(imageOf(part));
    else texts.push(text);
  }
  const content = texts.join('\n');
  return images.length === 0 ? { role, content } : { role, content, images };
}

function imageOf(part: ContentPart): string {
  if (part.type === 'image') return mediaContent(part, SERVICE).data;
  throw takesNo(SERVICE, part.type);
}
