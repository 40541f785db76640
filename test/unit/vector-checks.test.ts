import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonValue } from '../../src/core/conversation.js';
import { compileAssertion } from '../../src/engine/assertions/assertion.js';
import { similarityOf } from '../../src/engine/assertions/vector-checks.js';
import { ConversationView } from '../../src/engine/assertions/view.js';
import { noServices, outsideOf } from '../helpers/checks.js';
import { engineBundle } from '../helpers/engine-bundle.js';

const EMBEDDING = { type: 'openai', model: 'e', role: 'embedding' };

interface Given {
  params: { [name: string]: JsonValue };
  /** What the embedding provider makes of the answer. */
  vector?: number[];
  answer?: string;
  providers?: { [id: string]: object };
}

async function judge({ params, vector = [1, 0], answer = 'Hello', providers = { vectors: EMBEDDING } }: Given) {
  const asked: unknown[] = [];
  const view = new ConversationView({
    messages: [{ role: 'assistant', content: answer }],
    calls: [],
    from: 0,
    usage: {},
  });
  const embed = (...[provider, model, texts]: Parameters<typeof noServices.embed>) => {
    asked.push([provider, model, texts]);
    return Promise.resolve([vector]);
  };
  const assertion = compileAssertion({ type: 'cosine_similarity', params }, 'turn', 'a.yaml:1:1', {
    bundle: engineBundle({ providers }),
  });
  return { asked, result: await assertion.evaluate(view, outsideOf({ services: { ...noServices, embed } })) };
}

const REFERENCE = { reference: [1, 0], min_similarity: 0.5 };

describe('cosine_similarity', () => {
  test.each<[string, Given, boolean, number, string]>([
    ['the same direction', { params: REFERENCE, vector: [3, 0] }, true, 1, 'similarity 1.000'],
    ['another direction', { params: REFERENCE, vector: [0, 2] }, false, 0, 'min_similarity 0.5 is missed'],
    ['the opposite direction counts as none', { params: REFERENCE, vector: [-1, 0] }, false, 0, 'similarity -1.000'],
    [
      'min_similarity decides nothing',
      { params: REFERENCE, vector: [4, 3] },
      false,
      0.8,
      'min_similarity 0.5 is reached',
    ],
    ['min_score decides', { params: { ...REFERENCE, min_score: 0.8 }, vector: [4, 3] }, true, 0.8, '0.800'],
    ['just below min_score', { params: { ...REFERENCE, min_score: 0.81 }, vector: [4, 3] }, false, 0.8, '0.800'],
    [
      'numbers whose squares leave the range',
      { params: { reference: [1e200, 0], min_similarity: 0 }, vector: [1e300, 0] },
      true,
      1,
      '1.000',
    ],
    [
      'another number of dimensions',
      { params: REFERENCE, vector: [1, 0, 0] },
      false,
      0,
      'has 3 numbers, the reference 2',
    ],
    ['a vector of zeros', { params: REFERENCE, vector: [0, 0] }, false, 0, 'zeros'],
    ['no answer', { params: REFERENCE, answer: '' }, false, 0, 'there is no answer'],
    ['no embedding provider', { params: REFERENCE, providers: {} }, false, 0, 'no provider has the role embedding'],
    ['no reference', { params: { min_similarity: 0.5 } }, false, 0, 'parameter "reference" is missing'],
    ['a reference that is no vector', { params: { ...REFERENCE, reference: [1, 'a'] } }, false, 0, 'list of numbers'],
    ['an empty reference', { params: { ...REFERENCE, reference: [] } }, false, 0, 'list of numbers'],
    ['no min_similarity', { params: { reference: [1] } }, false, 0, 'parameter "min_similarity" is missing'],
  ])('%s', async (_, given, passed, score, says) => {
    const { result } = await judge(given);
    expect(result).toMatchObject({ passed, explanation: expect.stringContaining(says) });
    expect(result.score).toBeCloseTo(score, 10);
  });

  test('asks the provider that it names, else the first one that makes vectors', async () => {
    const providers = { first: EMBEDDING, second: EMBEDDING };
    expect((await judge({ params: REFERENCE, providers })).asked).toEqual([['first', undefined, ['Hello']]]);
    const named = { ...REFERENCE, provider: 'second', model: 'large' };
    expect((await judge({ params: named, providers })).asked).toEqual([['second', 'large', ['Hello']]]);
  });

  test('lies between -1 and 1, is the same both ways, and 1 with itself', () => {
    const vector = fc.array(fc.double({ noNaN: true, min: -1e150, max: 1e150 }), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(vector, vector, (a, b) => {
        const similarity = similarityOf(a, b);
        if (similarity === undefined) return;
        expect(Math.abs(similarity)).toBeLessThanOrEqual(1 + 1e-9);
        expect(similarityOf(b, a)).toBeCloseTo(similarity, 9);
        expect(similarityOf(a, a)).toBeCloseTo(1, 9);
      }),
    );
  });
});
