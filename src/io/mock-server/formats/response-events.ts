/** The typed events of a streamed response. Each carries its number; items and parts are announced and closed. */
import { pieces } from '../reply.js';
import type { Call, Reply, WireEvent } from '../wire.js';
import { type OutputItem, responseDocument } from './response-document.js';

type Emit = (type: string, fields: object) => void;

export function responseEvents(call: Call, reply: Reply, output: OutputItem[]): WireEvent[] {
  const events: WireEvent[] = [];
  const emit: Emit = (type, fields) => {
    events.push({
      name: `response.${type}`,
      data: { type: `response.${type}`, sequence_number: events.length, ...fields },
    });
  };
  const opening = responseDocument(call, reply);
  emit('created', { response: opening });
  emit('in_progress', { response: opening });
  output.forEach((item, index) => {
    emit('output_item.added', { output_index: index, item: begun(item) });
    if (item.type === 'reasoning') emitSummary(emit, item, index);
    else if (item.type === 'function_call') emitArguments(emit, item, index);
    else emitParts(emit, item, index, reply.chunks);
    emit('output_item.done', { output_index: index, item });
  });
  const response = responseDocument(call, reply, output);
  emit(String(response.status), { response });
  return events;
}

/** The item before anything of it has come. */
function begun(item: OutputItem): OutputItem {
  if (item.type === 'reasoning') return { ...item, summary: [] };
  if (item.type === 'message') return { ...item, status: 'in_progress', content: [] };
  return { ...item, status: 'in_progress', arguments: '' };
}

function emitParts(emit: Emit, item: OutputItem & { type: 'message' }, outputIndex: number, chunks: number): void {
  for (const [index, part] of item.content.entries()) {
    const where = { item_id: item.id, output_index: outputIndex, content_index: index };
    if (part.type === 'refusal') {
      emit('content_part.added', { ...where, part: { ...part, refusal: '' } });
      for (const delta of pieces(part.refusal, chunks)) emit('refusal.delta', { ...where, delta });
      emit('refusal.done', { ...where, refusal: part.refusal });
    } else {
      emit('content_part.added', { ...where, part: { ...part, text: '' } });
      for (const delta of pieces(part.text, chunks)) emit('output_text.delta', { ...where, delta, logprobs: [] });
      emit('output_text.done', { ...where, text: part.text, logprobs: [] });
    }
    emit('content_part.done', { ...where, part });
  }
}

function emitArguments(emit: Emit, item: OutputItem & { type: 'function_call' }, outputIndex: number): void {
  const where = { item_id: item.id, output_index: outputIndex };
  for (const delta of pieces(item.arguments, 2)) emit('function_call_arguments.delta', { ...where, delta });
  emit('function_call_arguments.done', { ...where, name: item.name, arguments: item.arguments });
}

function emitSummary(emit: Emit, item: OutputItem & { type: 'reasoning' }, outputIndex: number): void {
  item.summary.forEach((part, index) => {
    const where = { item_id: item.id, output_index: outputIndex, summary_index: index };
    emit('reasoning_summary_part.added', { ...where, part: { ...part, text: '' } });
    for (const delta of pieces(part.text, 2)) emit('reasoning_summary_text.delta', { ...where, delta });
    emit('reasoning_summary_text.done', { ...where, text: part.text });
    emit('reasoning_summary_part.done', { ...where, part });
  });
}
