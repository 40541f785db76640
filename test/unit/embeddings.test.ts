import { afterEach, describe, expect, test } from '@jest/globals';
import { ArenaError } from '../../src/core/errors.js';
import { bagOfWords } from '../../src/io/embeddings/bag-of-words.js';
import { createEmbed } from '../../src/io/embeddings/create-embed.js';
import { engineBundle } from '../helpers/engine-bundle.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';

let service: HttpService | undefined;

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const signal = new AbortController().signal;
const dot = (a: number[], b: number[]) => a.reduce((sum, value, index) => sum + value * (b[index] ?? 0), 0);

async function failure(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ArenaError ? `${error.code}: ${error.message}` : String(error);
}

describe('embeddings by bag of words', () => {
  test('are the same for the same text, nearer for shared words, and of length 1', () => {
    const [a, b, c] = ['The invoice of March', 'invoice, MARCH!', 'tuna for the cat'].map(bagOfWords);
    if (a === undefined || b === undefined || c === undefined) throw new Error('there are three');
    expect(bagOfWords('The invoice of March')).toEqual(a);
    expect(dot(a, a)).toBeCloseTo(1);
    expect(dot(a, b)).toBeGreaterThan(dot(a, c));
    expect(bagOfWords('').every((value) => value === 0)).toBe(true);
  });

  test('come from providers of the type mock, and from the type itself', async () => {
    const embed = createEmbed(engineBundle({ providers: { words: { type: 'mock', role: 'embedding' } } }), { env: {} });
    const expected = [bagOfWords('a'), bagOfWords('b')];
    expect(await embed('words', undefined, ['a', 'b'], { signal })).toEqual(expected);
    expect(await embed('mock', undefined, ['a', 'b'], { signal })).toEqual(expected);
  });
});

test('of a platform are refused, with what to write instead', async () => {
  const words = {
    type: 'openai',
    role: 'embedding',
    model: 'small',
    platform: { type: 'azure', endpoint: 'https://my-resource.openai.azure.com' },
  };
  const embed = createEmbed(engineBundle({ providers: { words } }), { env: { OPENAI_API_KEY: 'secret-key' } });
  expect(await failure(embed('words', undefined, ['a'], { signal }))).toMatch(
    /^unsupported: .*not embedded by platforms/,
  );
});

describe('embeddings of a service', () => {
  const embedder = (spec: object = {}) => {
    const base_url = `${service?.origin}/v1`;
    const own = {
      type: 'openai',
      role: 'embedding',
      model: 'small',
      base_url,
      credential: { credential_env: 'KEY' },
      ...spec,
    };
    return createEmbed(engineBundle({ providers: { words: own } }), { env: { KEY: 'secret-key' } });
  };

  test('are asked with key and model, and come back in the order of the texts', async () => {
    service = await startHttpService((_, response) => {
      answerJson(response, {
        data: [
          { index: 1, embedding: [0, 1] },
          { index: 0, embedding: [1, 0] },
        ],
      });
    });
    expect(await embedder()('words', undefined, ['a', 'b'], { signal })).toEqual([
      [1, 0],
      [0, 1],
    ]);
    await embedder({ role: 'llm' })('words', undefined, ['a', 'b'], { signal });
    await embedder()('words', 'large', ['a', 'b'], { signal });
    const bodies = service.seen.map(({ body }) => JSON.parse(body) as { model: string; input: string[] });
    expect(bodies.map(({ model }) => model)).toEqual(['small', 'text-embedding-3-small', 'large']);
    expect(bodies[0]?.input).toEqual(['a', 'b']);
    expect(service.seen[0]).toMatchObject({ path: '/v1/embeddings', headers: { authorization: 'Bearer secret-key' } });
  });

  test('of many texts are asked in parts', async () => {
    service = await startHttpService(({ body }, response) => {
      const { input } = JSON.parse(body) as { input: string[] };
      answerJson(response, { data: input.map((text, index) => ({ index, embedding: [Number(text)] })) });
    });
    const texts = Array.from({ length: 300 }, (_, index) => String(index));
    expect(await embedder()('words', undefined, texts, { signal })).toEqual(texts.map((text) => [Number(text)]));
    expect(service.seen).toHaveLength(2);
  });

  test.each<[string, unknown, number, string]>([
    ['too few', { data: [] }, 200, 'malformed_answer'],
    ['no vectors', { data: [{ index: 0, embedding: 'x' }] }, 200, 'malformed_answer'],
    ['a place that does not exist', { data: [{ index: 7, embedding: [1] }] }, 200, 'malformed_answer'],
    ['nothing', null, 200, 'malformed_answer'],
    ['a refusal', { error: { message: 'no secret-key here' } }, 401, 'unauthorized'],
    ['a limit', { error: { message: 'slow down' } }, 429, 'rate_limited'],
  ])('that are %s are a clear error without the key', async (_, answer, status, code) => {
    service = await startHttpService((_request, response) => answerJson(response, answer, status));
    const said = await failure(embedder()('words', undefined, ['a'], { signal }));
    expect(said).toMatch(new RegExp(`^${code}: `));
    expect(said).not.toContain('secret-key');
  });

  test('end when the conversation does', async () => {
    service = await startHttpService(() => undefined);
    const ending = new AbortController();
    const asked = embedder()('words', undefined, ['a'], { signal: ending.signal });
    ending.abort(new Error('cancelled'));
    expect(await failure(asked)).toContain('cancelled');
  });

  test('of a type that embeds nothing are refused', async () => {
    const embed = createEmbed(engineBundle({ providers: { g: { type: 'gemini', role: 'embedding' } } }), { env: {} });
    expect(await failure(embed('g', undefined, ['a'], { signal }))).toContain('type gemini embeds no texts here');
    const keyless = createEmbed(engineBundle({}), { env: {} });
    expect(await failure(keyless('openai', undefined, ['a'], { signal }))).toContain('has no key');
  });
});

describe('providers of embeddings in the Arena file', () => {
  // shows Arena.spec.embedding_providers[]
  test('are documents or stand in place, and never hold a conversation', () => {
    const { providers } = engineBundle({
      arena: { embedding_providers: [{ file: 'words.yaml' }, { id: 'inline', type: 'mock', model: 'w' }] },
      files: { 'words.yaml': 'kind: Provider\nmetadata: { name: words }\nspec: { type: openai, model: small }\n' },
    });
    expect([...providers].map(([id, { spec }]) => [id, spec.role])).toEqual([
      ['model', undefined],
      ['words', 'embedding'],
      ['inline', 'embedding'],
    ]);
    expect(() => engineBundle({ arena: { embedding_providers: [{ type: 'mock' }] } })).toThrow('embedding_providers');
  });
});
