/** OpenAI's responses. */
import { callOf, type Said, textOf } from '../facts.js';
import { type Format, isRecord, type JsonObject } from '../wire.js';
import { outputItems, responseDocument } from './response-document.js';
import { responseEvents } from './response-events.js';

export const responses: Format = {
  read(request, model) {
    const { input, instructions } = request;
    if (typeof input !== 'string' && !Array.isArray(input)) return "Missing required parameter: 'input'.";
    const items: JsonObject[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input.filter(isRecord);
    const system = items.filter(({ role }) => role === 'system' || role === 'developer');
    return callOf({
      model: model ?? request.model,
      system: [textOf(instructions), ...system.map(({ content }) => textOf(content))].filter(Boolean).join('\n'),
      said: items.flatMap(saidIn),
      stream: request.stream === true,
      request,
    });
  },

  document: (call, reply) => responseDocument(call, reply, outputItems(reply)),
  events: (call, reply) => responseEvents(call, reply, outputItems(reply)),
  broken: ({ message, code, type }, _, position) => ({
    name: 'error',
    data: { type: 'error', code: code ?? type ?? 'server_error', message, param: null, sequence_number: position },
  }),
};

function saidIn(item: JsonObject): Said[] {
  if (item.type === 'function_call_output') return [{ role: 'tool', content: item.output }];
  // Calls and reasoning of earlier turns stand beside the messages, as items of their own.
  return item.role === undefined ? [{ role: 'assistant' }] : [{ role: item.role, content: item.content }];
}
