import { describe, expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/engine/memory/memory-store.js';
import { wordsOf } from '../../src/engine/memory/words.js';
import { see } from '../helpers/effects.js';
import { engineBundle, hold, scripted } from '../helpers/engine-bundle.js';

type Args = { [name: string]: unknown };

/** What the model was told by each of these calls. */
async function results(calls: [tool: string, args: Args][], scenario: object = {}, memory: object = {}) {
  const bundle = engineBundle({ arena: { memory }, scenario });
  const answers = calls.map(([tool, args], index) => ({
    toolCalls: [{ id: `c${index}`, name: `memory__${tool}`, args: args as { [name: string]: never } }],
  }));
  const record = await hold(bundle, { complete: scripted(...answers, 'done') });
  return record.messages.filter(({ role }) => role === 'tool').map(({ content }) => readable(content));
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const idsOf = (result: unknown): unknown => (result as { memories: { id: string }[] }).memories.map(({ id }) => id);

const ALL = { types: [], minConfidence: 0, limit: 10 };

function storeOf(...contents: string[]): MemoryStore {
  const store = new MemoryStore();
  for (const content of contents) store.remember({ content });
  return store;
}

describe('memory tools', () => {
  test('what is remembered is recalled by its words', async () => {
    const said = await results([
      ['remember', { content: 'User prefers dark mode', type: 'preference', confidence: 0.95 }],
      ['remember', { content: 'User lives in Lyon' }],
      ['recall', { query: 'preferences' }],
      ['recall', { query: 'Where does the user live: LYON?' }],
    ]);
    expect(said[0]).toEqual({ id: 'mem_1', status: 'remembered' });
    expect(said[2]).toEqual({
      memories: [{ id: 'mem_1', content: 'User prefers dark mode', type: 'preference', confidence: 0.95 }],
      count: 1,
    });
    expect(idsOf(said[3])).toEqual(['mem_2', 'mem_1']);
  });

  test('a search without hits is an empty list and no error', async () => {
    expect(await results([['recall', { query: 'anything' }]])).toEqual([{ memories: [], count: 0 }]);
  });

  test('lists are newest first, and cut', async () => {
    const said = await results([
      ['remember', { content: 'a' }],
      ['remember', { content: 'b', type: 'preference' }],
      ['remember', { content: 'c', confidence: 0.2 }],
      ['list', {}],
      ['list', { limit: 1, offset: 1 }],
      ['list', { types: ['preference'] }],
      ['list', { min_confidence: 0.5 }],
    ]);
    expect(said.slice(3).map(idsOf)).toEqual([['mem_3', 'mem_2', 'mem_1'], ['mem_2'], ['mem_2'], ['mem_2', 'mem_1']]);
    expect(said[4]).toMatchObject({ count: 1, total: 3 });
  });

  test('what is forgotten is gone, and its id is not used again', async () => {
    const said = await results([
      ['remember', { content: 'a' }],
      ['forget', { memory_id: 'mem_1' }],
      ['forget', { memory_id: 'mem_1' }],
      ['remember', { content: 'b' }],
      ['list', {}],
    ]);
    expect(said[1]).toEqual({ id: 'mem_1', status: 'forgotten' });
    expect(said[2]).toBe('Tool execution failed: there is no memory mem_1');
    expect(idsOf(said[4])).toEqual(['mem_2']);
  });

  test.each([
    ['nothing', {}],
    ['an empty text', { content: '' }],
    ['a confidence above 1', { content: 'a', confidence: 2 }],
  ])('%s cannot be remembered', async (_, args) => {
    const [said] = await results([['remember', args]]);
    expect(said).toMatch(/^Error: arguments of memory__remember are not valid/);
  });

  test('every conversation has a memory of its own', async () => {
    const bundle = engineBundle({ arena: { memory: {} } });
    const call = { toolCalls: [{ id: 'c', name: 'memory__remember', args: { content: 'a' } }] };
    for (let count = 0; count < 2; count += 1) {
      const record = await hold(bundle, { complete: scripted(call, 'done') });
      expect(record.messages.find(({ role }) => role === 'tool')?.content).toContain('mem_1');
    }
  });
});

describe('settings of memory', () => {
  const offered = async (leaf: string, value: unknown, arena: object) => {
    const { requests, faults } = await see(leaf, value, { arena });
    return [(requests[0]?.tools ?? []).some(({ name }) => name === 'memory__recall'), faults.length];
  };

  test('they switch the tools on and off', async () => {
    // shows Arena.spec.memory.enabled
    expect(await offered('Arena.spec.memory.enabled', true, {})).toEqual([true, 0]);
    expect(await offered('Arena.spec.memory.enabled', false, {})).toEqual([false, 0]);
    expect(await offered('Arena.spec.memory', {}, {})).toEqual([true, 0]);
  });

  test('memories that are there from the start are recalled with all they hold', async () => {
    // shows Scenario.spec.seed_memories[].content, Scenario.spec.seed_memories[].type, Scenario.spec.seed_memories[].confidence, Scenario.spec.seed_memories[].metadata
    const seeds = [
      { content: 'Likes tea', type: 'preference', confidence: 0.5, metadata: { source: 'survey' } },
      { content: 'Lives in Lyon' },
    ];
    const said = await results(
      [
        ['list', {}],
        ['recall', { query: 'survey' }],
      ],
      { seed_memories: seeds },
    );
    expect(said[0]).toEqual({
      memories: [
        { id: 'mem_2', content: 'Lives in Lyon', type: 'fact', confidence: 1 },
        { id: 'mem_1', ...seeds[0] },
      ],
      count: 2,
      total: 2,
    });
    expect(idsOf(said[1])).toEqual(['mem_1']);
  });

  test('memories for models that have no memory are refused', async () => {
    const { faults } = await see('Scenario.spec.seed_memories', [{ content: 'a' }]);
    expect(faults).toEqual([expect.stringMatching(/^error talk\.yaml:\d+:\d+ no model has a memory, write memory/)]);
  });
});

describe('the ranking of memories', () => {
  test.each([
    ['rare words count more', ['tea is hot', 'tea is green', 'coffee is green'], 'green coffee', [3, 2]],
    ['more words count more', ['red car', 'red fast car', 'car'], 'fast red car', [2, 1, 3]],
    ['newer ones come first among equals', ['cat one', 'cat two'], 'cats', [2, 1]],
    ['nothing in common is not found', ['cat'], 'dog', []],
    ['a query without words finds nothing', ['cat'], ' ?! ', []],
  ] as [string, string[], string, number[]][])('%s', (_, contents, query, expected) => {
    const found = storeOf(...contents).recall(query, ALL);
    expect(found.map(({ id }) => id)).toEqual(expected.map((number) => `mem_${number}`));
  });

  test('surer ones come first among equals', () => {
    const store = new MemoryStore();
    store.remember({ content: 'cat', confidence: 0.9 });
    store.remember({ content: 'cat', confidence: 0.1 });
    expect(store.recall('cat', ALL).map(({ id }) => id)).toEqual(['mem_1', 'mem_2']);
  });

  test('words are the same in singular and plural, in every script', () => {
    expect([...wordsOf('Preferences, CITIES; class & Überflüge 東京')]).toEqual([
      'preference',
      'city',
      'class',
      'überflüge',
      '東京',
    ]);
  });

  test('a model in a loop cannot fill the memory', () => {
    const store = storeOf(...Array.from({ length: 1000 }, (_, index) => `memory ${index}`));
    expect(() => store.remember({ content: 'one more' })).toThrow('there are 1000 memories: forget some first');
  });
});
