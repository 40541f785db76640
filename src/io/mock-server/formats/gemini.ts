/** Google's generateContent, of the Gemini API and of Vertex. */
import { callOf, parted, type Said, textOf } from '../facts.js';
import { argumentsObject, pieces } from '../reply.js';
import { type Format, isRecord, type JsonObject, type Reply } from '../wire.js';

const FINISH_REASONS: ReadonlyMap<string, string> = new Map([
  ['stop', 'STOP'],
  ['length', 'MAX_TOKENS'],
  ['tool_calls', 'STOP'],
  ['content_filter', 'SAFETY'],
]);

export const gemini: Format = {
  read(request, model) {
    const { contents } = request;
    if (!Array.isArray(contents) || contents.length === 0)
      return '* GenerateContentRequest.contents: contents is not specified';
    const system = request.systemInstruction ?? request.system_instruction;
    const said = contents.filter(isRecord).flatMap(saidIn);
    return callOf({
      model,
      system: isRecord(system) ? textOf(system.parts) : textOf(system),
      said,
      stream: false,
      request,
    });
  },

  document: (_, reply) => responseOf(reply, partsOf(reply, 1), finishReason(reply)),

  events(_, reply) {
    const parts = partsOf(reply, reply.chunks);
    if (reply.refusal !== undefined || parts.length === 0) {
      return [{ data: responseOf(reply, parts, finishReason(reply)) }];
    }
    return parts.map((part, index) => ({
      data: responseOf(reply, [part], index === parts.length - 1 ? finishReason(reply) : undefined),
    }));
  },
};

function saidIn({ role = 'user', parts }: JsonObject): Said[] {
  const own = Array.isArray(parts) ? parts.filter(isRecord) : [];
  return parted(role === 'model' ? 'assistant' : role, own, (part) => {
    const result = part.functionResponse ?? part.function_response;
    return isRecord(result) ? { content: result.response } : undefined;
  });
}

/** Ids of calls and signatures of thoughts are there only where the model gives them; here, where the script does. */
function partsOf(reply: Reply, chunks: number): object[] {
  const { thinking, text, toolCalls } = reply;
  const parts: object[] = [];
  if (thinking !== undefined) parts.push({ text: thinking, thought: true });
  for (const piece of pieces(text ?? '', chunks)) parts.push({ text: piece });
  toolCalls.forEach(({ id, name, arguments: args }, index) => {
    const signature = thinking !== undefined && index === 0 ? Buffer.from(reply.id).toString('base64') : undefined;
    parts.push({ functionCall: { id, name, args: argumentsObject(args) }, thoughtSignature: signature });
  });
  return parts;
}

function finishReason({ finish }: Reply): string {
  return FINISH_REASONS.get(finish) ?? finish;
}

function responseOf(reply: Reply, parts: object[], reason: string | undefined): object {
  const { refusal, usage } = reply;
  const tail = {
    usageMetadata: usage && {
      promptTokenCount: usage.input,
      cachedContentTokenCount: usage.cached > 0 ? usage.cached : undefined,
      candidatesTokenCount: refusal === undefined ? Math.max(0, usage.output - usage.reasoning) : undefined,
      thoughtsTokenCount: usage.reasoning > 0 ? usage.reasoning : undefined,
      totalTokenCount: usage.input + (refusal === undefined ? usage.output : 0),
    },
    modelVersion: reply.model,
    responseId: reply.id,
  };
  // A refused prompt has no candidates at all.
  if (refusal !== undefined) {
    return { promptFeedback: { blockReason: 'PROHIBITED_CONTENT', blockReasonMessage: refusal }, ...tail };
  }
  const content = parts.length > 0 ? { role: 'model', parts } : { role: 'model' };
  return { candidates: [{ content, finishReason: reason, index: 0 }], ...tail };
}
