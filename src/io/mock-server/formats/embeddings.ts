/** OpenAI's embeddings. The vectors come of the words alone: texts that share words are near each other. */
import { bagOfWords } from '../../embeddings/bag-of-words.js';
import { callOf } from '../facts.js';
import type { Format, JsonObject } from '../wire.js';

/** Longest vector that a request may ask for. */
const MAX_DIMENSIONS = 16_384;

export const embeddings: Format = {
  read(request, model) {
    const texts = textsOf(request.input);
    if (texts === undefined) return "'input' must be a text, or a list of texts or tokens.";
    const { dimensions } = request;
    if (dimensions !== undefined && !(Number.isInteger(dimensions) && within(Number(dimensions)))) {
      return `'dimensions' must be a whole number from 1 to ${MAX_DIMENSIONS}.`;
    }
    const said = texts.map((content) => ({ role: 'user', content }));
    return callOf({ model: model ?? request.model, system: '', said, stream: false, request });
  },

  document({ request }, reply) {
    const { dimensions, encoding_format: encoding } = request;
    const data = (textsOf(request.input) ?? []).map((text, index) => {
      const vector = resized(bagOfWords(text), typeof dimensions === 'number' ? dimensions : undefined);
      return { object: 'embedding', index, embedding: encoding === 'base64' ? base64(vector) : vector };
    });
    const tokens = reply.usage?.input;
    const usage = tokens === undefined ? undefined : { prompt_tokens: tokens, total_tokens: tokens };
    return { object: 'list', data, model: reply.model, usage };
  },
};

function within(dimensions: number): boolean {
  return dimensions >= 1 && dimensions <= MAX_DIMENSIONS;
}

function textsOf(input: JsonObject[string]): string[] | undefined {
  if (typeof input === 'string') return [input];
  if (!Array.isArray(input) || input.length === 0) return undefined;
  if (input.every((token) => typeof token === 'number')) return [input.join(' ')];
  const texts = input.map((each) => (Array.isArray(each) ? each.join(' ') : each));
  return texts.every((text) => typeof text === 'string') ? texts : undefined;
}

/** The vector at another length: what is over is added to what stays, and its length is 1 again. */
function resized(vector: number[], dimensions = vector.length): number[] {
  if (dimensions === vector.length) return vector;
  const folded = new Array<number>(dimensions).fill(0);
  vector.forEach((value, place) => {
    folded[place % dimensions] = (folded[place % dimensions] ?? 0) + value;
  });
  const length = Math.hypot(...folded);
  return length === 0 ? folded : folded.map((value) => value / length);
}

function base64(vector: number[]): string {
  return Buffer.from(new Float32Array(vector).buffer).toString('base64');
}
