/** Bodies of requests to OpenAI's Responses API. Source: OpenAI API reference, "Create a model response". */
import type { ContentPart, JsonValue } from '../../../../core/conversation.js';
import type { CallParameters, CompletionRequest, RequestMessage } from '../../../../core/provider.js';
import { documentText, hasMedia, mediaAddress } from '../media-address.js';
import { fileNameOf, mediaSourceOf, takesNo } from '../media-source.js';
import { toolTexts } from '../tool-texts.js';
import { reasoningOf } from './reasoning.js';

const SERVICE = 'The Responses API';

/** What of a request body is the same for each call of a provider. */
export interface ResponsesRequestSettings {
  model: string;
  /** Further members, sent as they stand; `text` is joined with the form that the request asks for. */
  extra: { [name: string]: JsonValue };
}

/**
 * The body of one request, as JSON text. Nothing is kept at the service: each request holds the whole conversation.
 * The API knows no seed, no stop texts and no penalties.
 */
export function responsesRequestBody(request: CompletionRequest, settings: ResponsesRequestSettings): string {
  const { tools = [], toolChoice, messages } = request;
  const rest: { [name: string]: unknown } = { store: false, ...settings.extra, ...parameters(request, settings) };
  if (tools.length > 0 && toolChoice !== undefined) {
    rest.tool_choice = typeof toolChoice === 'string' ? toolChoice : { type: 'function', name: toolChoice.tool };
  }
  if (request.stream === true) rest.stream = true;
  const instructions = instructionsOf(messages);
  const members = [`"model":${JSON.stringify(settings.model)}`];
  if (instructions.text !== '') members.push(`"instructions":${JSON.stringify(instructions.text)}`);
  members.push(`"input":${JSON.stringify(inputItems(messages.slice(instructions.count), settings.model))}`);
  if (tools.length > 0) members.push(`"tools":[${tools.map(wireTool).join(',')}]`);
  return `{${members.join(',')},${JSON.stringify(rest).slice(1)}`;
}

function parameters(
  { parameters: given }: CompletionRequest,
  { extra }: ResponsesRequestSettings,
): { [name: string]: unknown } {
  const sent: { [name: string]: unknown } = {};
  if (given.temperature !== undefined) sent.temperature = given.temperature;
  if (given.topP !== undefined) sent.top_p = given.topP;
  if (given.maxTokens) sent.max_output_tokens = given.maxTokens;
  const format = formatOf(given);
  if (format !== undefined) sent.text = { ...Object(extra.text), format };
  return sent;
}

function formatOf({ responseFormat }: CallParameters): object | undefined {
  if (responseFormat === undefined) return undefined;
  if (responseFormat.type === 'json') return { type: 'json_object' };
  const { type, name, description, schema, strict } = responseFormat;
  return { type, name, description, schema, strict };
}

/** The system messages that the conversation begins with. */
function instructionsOf(messages: readonly RequestMessage[]): { text: string; count: number } {
  const first = messages.findIndex(({ role }) => role !== 'system');
  const count = first === -1 ? messages.length : first;
  const texts = messages.slice(0, count).map(({ content }) => content);
  return { text: texts.filter((text) => text !== '').join('\n\n'), count };
}

/** Unless it is told otherwise this API keeps to the schema exactly, and refuses most schemas for it. */
const wireTool = toolTexts(({ name, description, inputSchema }) => ({
  type: 'function',
  name,
  description,
  parameters: inputSchema,
  strict: false,
}));

type Item = { [name: string]: unknown };

function inputItems(messages: readonly RequestMessage[], model: string): Item[] {
  const items: Item[] = [];
  for (const message of messages) addItems(items, message, model);
  return items;
}

function addItems(items: Item[], message: RequestMessage, model: string): void {
  const { role, content, parts, toolCalls = [], toolResult, opaque } = message;
  if (role === 'tool') {
    const output = hasMedia(parts) ? [inputText(content), ...parts.filter(isMedia).map(wirePart)] : content;
    items.push({ type: 'function_call_output', call_id: toolResult?.id ?? '', output });
    return;
  }
  if (role === 'assistant') {
    items.push(...reasoningOf(opaque, model));
    if (content !== '') items.push({ role, content });
    for (const { id, name, args } of toolCalls) {
      items.push({ type: 'function_call', call_id: id, name, arguments: JSON.stringify(args) });
    }
    return;
  }
  items.push({ role, content: role === 'user' && hasMedia(parts) ? parts.map(wirePart) : content });
}

function isMedia({ type }: ContentPart): boolean {
  return type !== 'text';
}

function inputText(text: string): Item {
  return { type: 'input_text', text };
}

function wirePart(part: ContentPart): Item {
  const text = part.type === 'text' ? (part.text ?? '') : documentText(part);
  if (text !== undefined) return inputText(text);
  if (part.type === 'image') {
    return { type: 'input_image', image_url: mediaAddress(part, 'image/png'), detail: part.detail ?? 'auto' };
  }
  if (part.type === 'document') {
    const source = mediaSourceOf(part);
    if ('url' in source) return { type: 'input_file', file_url: source.url };
    const filename = fileNameOf(part) ?? 'document.pdf';
    return { type: 'input_file', filename, file_data: mediaAddress(part, 'application/pdf') };
  }
  throw takesNo(SERVICE, part.type);
}
