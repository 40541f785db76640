/** OpenAI's responses as documents. Nothing is kept between calls. */
import { CREATED, toolCallId } from '../reply.js';
import type { Call, JsonObject, Reply } from '../wire.js';

export type OutputItem =
  | { id: string; type: 'reasoning'; summary: { type: 'summary_text'; text: string }[] }
  | { id: string; type: 'message'; status: string; role: 'assistant'; content: OutputPart[] }
  | { id: string; type: 'function_call'; status: string; call_id: string; name: string; arguments: string };

export type OutputPart =
  | { type: 'output_text'; text: string; annotations: never[]; logprobs: never[] }
  | { type: 'refusal'; refusal: string };

export function outputItems(reply: Reply): OutputItem[] {
  const { id, text, thinking, refusal } = reply;
  const status = settledStatus(reply);
  const items: OutputItem[] = [];
  if (status === 'failed') return items;
  if (thinking !== undefined) {
    items.push({ id: `rs_${id}`, type: 'reasoning', summary: [{ type: 'summary_text', text: thinking }] });
  }
  const content: OutputPart[] = [];
  if (text !== undefined) content.push({ type: 'output_text', text, annotations: [], logprobs: [] });
  if (refusal !== undefined) content.push({ type: 'refusal', refusal });
  if (content.length > 0) items.push({ id: `msg_${id}`, type: 'message', status, role: 'assistant', content });
  reply.toolCalls.forEach(({ name, arguments: args }, index) => {
    const own = { id: `fc_${id}_${index}`, call_id: toolCallId(reply, index), name, arguments: args };
    items.push({ ...own, type: 'function_call', status });
  });
  return items;
}

/** The document; without `output` as it stands when the stream begins. */
export function responseDocument(call: Call, reply: Reply, output?: OutputItem[]): JsonObject {
  const { request } = call;
  const reason = output && INCOMPLETE.get(reply.finish);
  const status = output === undefined ? 'in_progress' : settledStatus(reply);
  return {
    id: `resp_${reply.id}`,
    object: 'response',
    created_at: CREATED,
    status,
    error: status === 'failed' ? { code: 'server_error', message: reply.text } : null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    metadata: request.metadata ?? {},
    model: reply.model,
    output: output ?? [],
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: request.text ?? { format: { type: 'text' } },
    tool_choice: request.tool_choice ?? 'auto',
    tools: request.tools ?? [],
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? 'disabled',
    usage: output === undefined ? null : usageOf(reply),
  };
}

const INCOMPLETE: ReadonlyMap<string, string> = new Map([
  ['length', 'max_output_tokens'],
  ['content_filter', 'content_filter'],
]);

/** A response that failed is still an answer, which says so. */
function settledStatus({ finish }: Reply): 'completed' | 'incomplete' | 'failed' {
  if (finish === 'failed') return 'failed';
  return INCOMPLETE.has(finish) ? 'incomplete' : 'completed';
}

function usageOf({ usage }: Reply) {
  return (
    usage && {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: usage.cacheCreated },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.input + usage.output,
    }
  );
}
