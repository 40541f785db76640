/** Converse, Bedrock's one form for the models of all its vendors. */
import { callOf, parted, type Said, textOf } from '../facts.js';
import { argumentsObject, freshInput, pieces, toolCallId } from '../reply.js';
import { type Format, isRecord, type JsonObject, type Reply, type WireEvent } from '../wire.js';

const STOP_REASONS: ReadonlyMap<string, string> = new Map([
  ['stop', 'end_turn'],
  ['length', 'max_tokens'],
  ['tool_calls', 'tool_use'],
  ['content_filter', 'content_filtered'],
]);

const METRICS = { latencyMs: 5 };

export const converse: Format = {
  read(request, model) {
    const { messages } = request;
    if (!Array.isArray(messages) || messages.length === 0) {
      return "1 validation error detected: Value at 'messages' failed to satisfy constraint: Member must not be null";
    }
    const said = messages.filter(isRecord).flatMap(saidIn);
    return callOf({ model, system: textOf(request.system), said, stream: false, request });
  },

  document: (_, reply) => ({
    output: { message: { role: 'assistant', content: contentOf(reply) } },
    stopReason: stopReason(reply),
    usage: usageOf(reply),
    metrics: METRICS,
  }),

  events(_, reply) {
    const events: WireEvent[] = [{ name: 'messageStart', data: { role: 'assistant' } }];
    let contentBlockIndex = 0;
    const block = (deltas: object[], start?: object): void => {
      if (start !== undefined) events.push({ name: 'contentBlockStart', data: { contentBlockIndex, start } });
      for (const delta of deltas) events.push({ name: 'contentBlockDelta', data: { contentBlockIndex, delta } });
      events.push({ name: 'contentBlockStop', data: { contentBlockIndex } });
      contentBlockIndex += 1;
    };
    const { thinking, chunks } = reply;
    const text = spoken(reply);
    if (thinking !== undefined) {
      const thoughts = pieces(thinking, 2).map((piece) => ({ reasoningContent: { text: piece } }));
      block([...thoughts, { reasoningContent: { signature: signatureOf(reply) } }]);
    }
    if (text) block(pieces(text, chunks).map((piece) => ({ text: piece })));
    reply.toolCalls.forEach(({ name, arguments: args }, index) => {
      const inputs = pieces(args, 2).map((input) => ({ toolUse: { input } }));
      block(inputs, { toolUse: { toolUseId: toolCallId(reply, index, 'tooluse_'), name } });
    });
    events.push({ name: 'messageStop', data: { stopReason: stopReason(reply) } });
    events.push({ name: 'metadata', data: { usage: usageOf(reply), metrics: METRICS } });
    return events;
  },
};

function saidIn({ role, content }: JsonObject): Said[] {
  const parts = Array.isArray(content) ? content.filter(isRecord) : [];
  return parted(role, parts, ({ toolResult }) => (isRecord(toolResult) ? { content: toolResult.content } : undefined));
}

/** A guardrail that steps in answers with the text that it was given. */
function spoken({ text, refusal }: Reply): string | undefined {
  return text ?? refusal;
}

function contentOf(reply: Reply): object[] {
  const content: object[] = [];
  const { thinking, toolCalls } = reply;
  const text = spoken(reply);
  if (thinking !== undefined) {
    content.push({ reasoningContent: { reasoningText: { text: thinking, signature: signatureOf(reply) } } });
  }
  if (text) content.push({ text });
  toolCalls.forEach(({ name, arguments: args }, index) => {
    const toolUseId = toolCallId(reply, index, 'tooluse_');
    content.push({ toolUse: { toolUseId, name, input: argumentsObject(args) } });
  });
  return content;
}

function signatureOf({ id }: Reply): string {
  return Buffer.from(id).toString('base64');
}

function stopReason({ refusal, finish }: Reply): string {
  return refusal === undefined ? (STOP_REASONS.get(finish) ?? finish) : 'guardrail_intervened';
}

function usageOf({ usage }: Reply) {
  return (
    usage && {
      inputTokens: freshInput(usage),
      outputTokens: usage.output,
      totalTokens: usage.input + usage.output,
      cacheReadInputTokens: usage.cached,
      cacheWriteInputTokens: usage.cacheCreated,
    }
  );
}
