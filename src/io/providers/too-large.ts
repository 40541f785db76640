import { ArenaError } from '../../core/errors.js';

/** Failure of an answer that is longer than we read. */
export function tooLarge(limitBytes: number): ArenaError {
  const message = `The answer is longer than ${Math.round(limitBytes / 1_048_576)} MiB.`;
  return new ArenaError({ code: 'answer_too_large', message, hint: 'lower max_tokens of the provider' });
}
