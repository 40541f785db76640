/** Checks of how long an answer is. Lengths are bytes of UTF-8, as in PromptArena; a token is taken as four of them. */
import { type CheckFactory, idle, number, optionalNumber, ParameterFault } from './check.js';

const BYTES_PER_TOKEN = 4;

/** Score below the minimum: length / minimum. */
export const minLength: CheckFactory = (params) => {
  const min = number(params, 'min', 'min_characters', 'min_chars');
  return (view) => {
    const length = Buffer.byteLength(view.last);
    return { score: length >= min ? 1 : length / min, explanation: `${length} bytes, at least ${min} asked for` };
  };
};

/** Score above the maximum: maximum / length. With `max_tokens` as well, the worse of both. */
export const maxLength: CheckFactory = (params) => {
  const max = optionalNumber(params, 'max', 'max_characters', 'max_chars');
  const maxTokens = optionalNumber(params, 'max_tokens');
  if (max === undefined && maxTokens === undefined) throw new ParameterFault('parameter "max" is missing');
  return (view) => {
    const length = Buffer.byteLength(view.last);
    const tokens = Math.floor(length / BYTES_PER_TOKEN);
    const score = Math.min(upTo(length, max), upTo(tokens, maxTokens));
    const limits = [max === undefined ? '' : `${max} bytes`, maxTokens === undefined ? '' : `${maxTokens} tokens`];
    return {
      score,
      explanation: `${length} bytes, about ${tokens} tokens; at most ${limits.filter(Boolean).join(', ')}`,
    };
  };
};

function upTo(value: number, max: number | undefined): number {
  return max === undefined || value <= max ? 1 : Math.max(0, max) / value;
}

/** Sentences of the newest answer. Score above the maximum: maximum / count. */
export const sentenceCount: CheckFactory = (params) => {
  const max = optionalNumber(params, 'max');
  if (max === undefined) return idle('no "max" is given');
  return (view) => {
    const count = countSentences(view.last);
    return { score: upTo(count, max), explanation: `${count} sentences, at most ${max}` };
  };
};

/** Runs of text that end in `.`, `!` or `?` before a space or the end; a rest without such an end counts as one. */
export function countSentences(answer: string): number {
  return answer.split(/[.!?]+(?=\s|$)/).filter((sentence) => sentence.trim() !== '').length;
}
