/**
 * Answers of the Gemini API, whole or in pieces: each event of a stream has the form of a whole answer. They come from
 * outside and may be anything. Source: Gemini API reference, "GenerateContentResponse".
 */
import type { ContentPart } from '../../../../core/conversation.js';
import { ArenaError } from '../../../../core/errors.js';
import type { AnswerUnderway } from '../answer-underway.js';
import {
  argumentsText,
  countOf,
  type FinishReason,
  isRecord,
  recordsOf,
  textOrEmpty,
  type WireUsage,
} from '../wire.js';
import type { Signatures } from './signatures.js';

/** Longest signature, in characters; what is longer is none. */
const MAX_SIGNATURE = 1024 * 1024;

/** False when the value holds no part of an answer. Throws an `ArenaError` when it says that there will be none. */
export function readResponse(answer: AnswerUnderway, signatures: Signatures, value: Record<string, unknown>): boolean {
  answer.addUsage(readUsage(value.usageMetadata));
  const [candidate] = recordsOf(value.candidates);
  if (candidate === undefined) {
    if (isRecord(value.promptFeedback)) throwIfBlocked(value.promptFeedback);
    return false;
  }
  if (isRecord(candidate.content)) {
    for (const part of recordsOf(candidate.content.parts)) readPart(answer, signatures, part);
  }
  const word = textOrEmpty(candidate.finishReason);
  if (word !== '') answer.finishReason = finishReasonOf(word, answer);
  return true;
}

function readPart(answer: AnswerUnderway, signatures: Signatures, part: Record<string, unknown>): void {
  const { text, functionCall, inlineData } = part;
  const signature = signatureOf(answer, part);
  if (isRecord(functionCall)) {
    answer.addToolCall(answer.callCount, {
      id: textOrEmpty(functionCall.id),
      name: textOrEmpty(functionCall.name),
      arguments: argumentsText(functionCall.args),
    });
    signatures.add('calls', signature);
    return;
  }
  // Thoughts are no answer, and their signature comes again with the part that follows from them.
  if (part.thought === true) return;
  if (isRecord(inlineData) && typeof inlineData.data === 'string') {
    answer.addPart(mediaOf(textOrEmpty(inlineData.mimeType), inlineData.data));
    signatures.add('media', signature);
    return;
  }
  answer.addText(textOrEmpty(text));
  // It may come at the end of a stream, with a text that says nothing.
  if (signature !== undefined) signatures.addText(signature);
}

function signatureOf(answer: AnswerUnderway, { thoughtSignature }: Record<string, unknown>): string | undefined {
  const signature = textOrEmpty(thoughtSignature);
  if (signature === '' || signature.length > MAX_SIGNATURE) return undefined;
  answer.grow(signature.length);
  return signature;
}

const MEDIA: ReadonlyMap<string, ContentPart['type']> = new Map([
  ['image', 'image'],
  ['audio', 'audio'],
  ['video', 'video'],
]);

function mediaOf(mimeType: string, data: string): ContentPart {
  const type = MEDIA.get(mimeType.split('/', 1)[0] ?? '') ?? 'document';
  return mimeType === '' ? { type, data } : { type, mimeType, data };
}

const FINISH_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
  ['RECITATION', 'content_filter'],
  ['BLOCKLIST', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['SPII', 'content_filter'],
  ['IMAGE_SAFETY', 'content_filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
  ['IMAGE_RECITATION', 'content_filter'],
]);

/** Ends of an answer whose tool call the service itself could not read. */
const BROKEN_CALLS = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL']);

function finishReasonOf(word: string, answer: AnswerUnderway): string {
  if (word === 'STOP') return answer.callCount > 0 ? 'tool_calls' : 'stop';
  if (BROKEN_CALLS.has(word)) {
    const message = `The model wrote a tool call that the service could not read (${word}).`;
    throw new ArenaError({ code: 'malformed_answer', message });
  }
  return FINISH_REASONS.get(word) ?? word;
}

const REASON = /^[A-Z_]{1,64}$/;

function throwIfBlocked({ blockReason }: Record<string, unknown>): void {
  const reason = textOrEmpty(blockReason);
  if (reason === '') return;
  const why = REASON.test(reason) ? ` (${reason})` : '';
  throw new ArenaError({
    code: 'content_filtered',
    message: `The service blocked the prompt${why}.`,
    hint: 'change what is asked, or safetySettings in additional_config',
  });
}

/** Thoughts are output that is paid for, results of the service's own tools input. */
function readUsage(value: unknown): WireUsage | undefined {
  if (!isRecord(value)) return undefined;
  const [prompt, tools, cached, said, thought] = [
    value.promptTokenCount,
    value.toolUsePromptTokenCount,
    value.cachedContentTokenCount,
    value.candidatesTokenCount,
    value.thoughtsTokenCount,
  ].map(countOf);
  const usage: WireUsage = {};
  if (prompt !== undefined) usage.inputTokens = prompt + (tools ?? 0);
  if (prompt !== undefined || cached !== undefined) usage.cachedTokens = cached ?? 0;
  if (said !== undefined || thought !== undefined) usage.outputTokens = (said ?? 0) + (thought ?? 0);
  return prompt === undefined && usage.outputTokens === undefined ? undefined : usage;
}
