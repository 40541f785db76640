/** How close in meaning the newest answer is to a vector of the author's. */
import type { Bundle } from '../../bundle/bundle.js';
import type { JsonValue } from '../../core/conversation.js';
import {
  type Check,
  type CheckFactory,
  type CheckOutside,
  fail,
  number,
  optionalText,
  ParameterFault,
} from './check.js';

/** Longer ones are no vectors of any model. */
const MAX_DIMENSIONS = 65_536;

function vector(value: JsonValue | undefined): number[] {
  if (value === undefined || value === null) throw new ParameterFault('parameter "reference" is missing');
  const numbers = Array.isArray(value) ? value.filter((one) => typeof one === 'number') : [];
  if (!Array.isArray(value) || numbers.length !== value.length || numbers.length === 0) {
    throw new ParameterFault('parameter "reference" must be a list of numbers');
  }
  if (numbers.length > MAX_DIMENSIONS) throw new ParameterFault(`parameter "reference" has ${numbers.length} numbers`);
  return numbers;
}

/** -1..1; undefined when one of them has no length. */
export function similarityOf(a: readonly number[], b: readonly number[]): number | undefined {
  // Divided by the largest first: squares of large numbers would leave the range.
  const [largestA, largestB] = [a, b].map((each) => each.reduce((most, one) => Math.max(most, Math.abs(one)), 0));
  if (!largestA || !largestB || !Number.isFinite(largestA) || !Number.isFinite(largestB)) return undefined;
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (const [index, one] of a.entries()) {
    const [x, y] = [one / largestA, (b[index] ?? 0) / largestB];
    product += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return product / Math.sqrt(squaresA * squaresB);
}

/**
 * The score is the similarity between the newest answer and `reference`, 0 where they point apart. As everywhere, the
 * score must reach `min_score`; `min_similarity` must be given and only words the explanation. The answer's vector comes
 * from the embedding provider `provider`, else from the bundle's first one.
 */
export const cosineSimilarity: CheckFactory = (params, { bundle }) => {
  const reference = vector(params.reference);
  const wished = number(params, 'min_similarity');
  const provider = optionalText(params, 'provider') ?? firstEmbeddingProvider(bundle);
  const model = optionalText(params, 'model');
  const check: Check = async (view, outside) => {
    if (provider === undefined) return fail('the answer has no embedding: no provider has the role embedding');
    if (view.last === '') return fail('there is no answer to compare');
    const found = await embedding(provider, model, view.last, outside);
    if (found.length !== reference.length) {
      return fail(`the answer's vector has ${found.length} numbers, the reference ${reference.length}`);
    }
    const similarity = similarityOf(found, reference);
    if (similarity === undefined) return fail('a vector of zeros is similar to nothing');
    const score = Math.min(1, Math.max(0, similarity));
    const reached = similarity >= wished ? 'reached' : 'missed';
    return { score, explanation: `similarity ${similarity.toFixed(3)}, min_similarity ${wished} is ${reached}` };
  };
  return Object.assign(check, { graded: 'min_similarity decides nothing' });
};

function firstEmbeddingProvider({ providers }: Bundle): string | undefined {
  return [...providers.values()].find(({ spec }) => spec.role === 'embedding')?.id;
}

/** Recorded, so that the same answer has the same vector after a crash. */
function embedding(
  provider: string,
  model: string | undefined,
  text: string,
  outside: CheckOutside,
): Promise<number[]> {
  return outside.perform('embedding', { provider, model: model ?? null, text }, async ({ signal }) => {
    const [found = []] = await outside.services.embed(provider, model, [text], { signal });
    return found;
  });
}
