/** Bodies of chat completion requests. */
import type { ContentPart, JsonValue, Message } from '../../../../core/conversation.js';
import type { CallParameters, CompletionRequest, ResponseFormat } from '../../../../core/provider.js';
import { functionTool } from '../function-tool.js';
import { dataAddress, documentText, hasMedia, mediaAddress, mediaContent } from '../media-address.js';
import { fileNameOf, takesNo } from '../media-source.js';

const SERVICE = 'An OpenAI-compatible provider';

/** What of a request body is the same for each call of a provider. */
export interface ChatRequestSettings {
  model: string;
  /** Name of the member that bounds the answer; newer models of OpenAI refuse `max_tokens`. */
  maxTokensMember: 'max_tokens' | 'max_completion_tokens';
  /** Further members, sent as they stand. */
  extra: { [name: string]: JsonValue };
}

/** The body of one request, as JSON text. */
export function chatRequestBody(request: CompletionRequest, settings: ChatRequestSettings): string {
  const { tools = [], toolChoice } = request;
  const rest: Members = { ...settings.extra };
  addParameters(rest, request.parameters, settings);
  if (tools.length > 0 && toolChoice !== undefined) {
    rest.tool_choice =
      typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: { name: toolChoice.tool } };
  }
  if (request.stream === true) {
    rest.stream = true;
    rest.stream_options = { include_usage: true };
  }
  const members = [`"model":${JSON.stringify(settings.model)}`];
  members.push(`"messages":${JSON.stringify(wireMessages(request.messages))}`);
  if (tools.length > 0) members.push(`"tools":[${tools.map(functionTool).join(',')}]`);
  const tail = JSON.stringify(rest);
  return `{${members.join(',')}${tail === '{}' ? '}' : `,${tail.slice(1)}`}`;
}

type Members = { [name: string]: unknown };

/** Those that are given. A `maxTokens` of 0 means no bound. */
function addParameters(to: Members, given: CallParameters, { maxTokensMember }: ChatRequestSettings): void {
  const { temperature, topP, maxTokens, seed, frequencyPenalty, presencePenalty, stop, responseFormat } = given;
  if (temperature !== undefined) to.temperature = temperature;
  if (topP !== undefined) to.top_p = topP;
  if (maxTokens) to[maxTokensMember] = maxTokens;
  if (seed !== undefined) to.seed = seed;
  if (frequencyPenalty !== undefined) to.frequency_penalty = frequencyPenalty;
  if (presencePenalty !== undefined) to.presence_penalty = presencePenalty;
  if (stop !== undefined) to.stop = stop;
  if (responseFormat !== undefined) to.response_format = wireFormat(responseFormat);
}

function wireFormat(format: ResponseFormat): { [name: string]: unknown } {
  if (format.type === 'json') return { type: 'json_object' };
  const { type, name, description, schema, strict } = format;
  return { type, json_schema: { name, description, schema, strict } };
}

type WireMessage = { [name: string]: unknown };

function wireMessages(messages: readonly Message[]): WireMessage[] {
  const wire: WireMessage[] = [];
  let media: ContentPart[] = [];
  for (const message of messages) {
    if (message.role !== 'tool' && media.length > 0) {
      wire.push(toolMedia(media));
      media = [];
    }
    wire.push(wireMessage(message));
    if (message.role === 'tool') media.push(...(message.parts ?? []).filter((part) => part.type !== 'text'));
  }
  if (media.length > 0) wire.push(toolMedia(media));
  return wire;
}

/** Tool messages carry text only, and must follow each other: their media come after them in the user's name. */
function toolMedia(media: readonly ContentPart[]): WireMessage {
  const text = { type: 'text', text: 'Media of the tool results above:' };
  return { role: 'user', content: [text, ...media.map((part) => wirePart(part))] };
}

function wireMessage(message: Message): WireMessage {
  const { role, content, parts, toolCalls, toolResult } = message;
  if (role === 'tool') return { role, tool_call_id: toolResult?.id ?? '', content };
  if (role === 'assistant' && toolCalls !== undefined && toolCalls.length > 0) {
    const calls = toolCalls.map(({ id, name, args }) => ({
      id,
      type: 'function',
      function: { name, arguments: JSON.stringify(args) },
    }));
    return { role, content: content === '' ? null : content, tool_calls: calls };
  }
  if (role === 'user' && hasMedia(parts)) {
    return { role, content: parts.map((part) => wirePart(part)) };
  }
  return { role, content };
}

function wirePart(part: ContentPart): WireMessage {
  const text = part.type === 'text' ? (part.text ?? '') : documentText(part);
  if (text !== undefined) return { type: 'text', text };
  if (part.type === 'image') {
    return { type: 'image_url', image_url: { url: mediaAddress(part, 'image/png'), detail: part.detail } };
  }
  if (part.type === 'audio') {
    const { data, mimeType } = mediaContent(part, SERVICE);
    return { type: 'input_audio', input_audio: { data, format: mimeType?.includes('wav') ? 'wav' : 'mp3' } };
  }
  if (part.type === 'document') {
    const address = dataAddress(mediaContent(part, SERVICE), 'application/pdf');
    return { type: 'file', file: { filename: fileNameOf(part) ?? 'document.pdf', file_data: address } };
  }
  throw takesNo(SERVICE, part.type);
}
