import { describe, expect, test } from '@jest/globals';
import { recordSeed } from '../../../src/core/datagen/record-seed.js';
import type { PlanItem } from '../../../src/core/plan.js';
import type { CompletionRequest } from '../../../src/core/provider.js';
import { directPorts } from '../../../src/engine/direct-ports.js';
import { planFaults } from '../../../src/engine/plan-faults.js';
import { type EngineSettings, prepare } from '../../../src/engine/prepare.js';
import { runItem } from '../../../src/engine/run-item.js';
import { createProviders } from '../../../src/io/providers/create.js';
import { type EngineBundleParts, engineBundle, surroundings } from '../../helpers/engine-bundle.js';

const { services } = surroundings();

/** Conversations of records, and what they asked. */
async function hold(parts: EngineBundleParts, settings: EngineSettings, indexes: readonly number[]) {
  const bundle = engineBundle(parts);
  const prepared = prepare(bundle, settings, surroundings());
  const providers = createProviders(bundle, { env: {} });
  const { signal } = new AbortController();
  const asked: CompletionRequest[] = [];
  const records = [];
  for (const index of indexes) {
    const item: PlanItem = {
      ...{ index, id: `talk/model/r${index + 1}`, scenario: 'talk', provider: 'model', region: 'default' },
      ...{ trial: index + 1, seed: recordSeed(1, index) },
    };
    const ports = directPorts(providers, signal);
    const complete: typeof ports.complete = (provider, request) => {
      asked.push(request);
      return ports.complete(provider, request);
    };
    records.push(await runItem(prepared, item, { ...ports, complete }));
  }
  return { asked, records };
}

const NONE: EngineSettings = { variables: {} };
const PLAYED: EngineBundleParts = {
  arena: { self_play: { personas: [{ file: 'ada.yaml' }], roles: [{ id: 'player', provider: 'model' }] } },
  files: { 'ada.yaml': 'kind: Persona\nmetadata: { name: ada }\nspec: { system_prompt: You are Ada. }\n' },
  scenario: { turns: [{ role: 'player', persona: 'ada' }] },
  mock: { defaultResponse: 'Hm.' },
};

describe('the seed of a record', () => {
  const seedOf = (index: number) => recordSeed(1, index);
  test.each<[string, EngineBundleParts, EngineSettings, (number | undefined)[]]>([
    ['is that of its calls', {}, NONE, [seedOf(0), seedOf(1)]],
    ['stands above that of the Arena file', { arena: { defaults: { seed: 3 } } }, NONE, [seedOf(0), seedOf(1)]],
    ['stands below that of the job', {}, { variables: {}, seed: 4 }, [4, 4]],
    ['stands below that of a turn', { scenario: { turns: [{ role: 'user', content: 'x', seed: 5 }] } }, NONE, [5, 5]],
    ['is that of the persona, too', PLAYED, NONE, [seedOf(0), seedOf(0), seedOf(1), seedOf(1)]],
  ])('%s', async (_, parts, settings, expected) => {
    const { asked } = await hold(parts, settings, [0, 1]);
    expect(asked.map(({ parameters }) => parameters.seed)).toEqual(expected);
  });

  test('draws an answer of the mock, and an answer apart for each turn', async () => {
    const turns = [1, 2].map((turn) => ({ role: 'user', content: `Question ${turn}` }));
    const mock = { defaultResponse: { any_of: ['a', 'b', 'c', 'd'] } };
    const { records } = await hold(
      { scenario: { turns }, mock },
      NONE,
      Array.from({ length: 60 }, (_, i) => i),
    );
    const answers = records.map(({ messages }) =>
      messages.flatMap((one) => (one.role === 'assistant' ? [one.content] : [])),
    );
    expect(new Set(answers.map(String)).size).toBeGreaterThan(12);
    const again = await hold({ scenario: { turns }, mock }, NONE, [17]);
    expect(again.records[0]?.messages.at(-1)?.content).toBe(answers[17]?.at(-1));
  });
});

describe('variables of a record', () => {
  const prompt = { system_template: 'You are number {{record_number}}.' };
  const scenario = { turns: [{ role: 'user', content: 'Seed {{record_seed}}' }] };

  test('are its number and its seed, in prompts and in turns', async () => {
    const { records } = await hold({ prompt, scenario }, NONE, [0, 41]);
    expect(records.map(({ messages }) => messages.slice(0, 2).map(({ content }) => content))).toEqual(
      [0, 41].map((index) => [`You are number ${index + 1}.`, `Seed ${recordSeed(1, index)}`]),
    );
  });

  test('are beaten by what the job says', async () => {
    const { records } = await hold({ prompt, scenario }, { variables: { record_number: 'X' } }, [0]);
    expect(records[0]?.messages[0]?.content).toBe('You are number X.');
  });

  test('are known where conversations become records alone', () => {
    const bundle = engineBundle({ prompt });
    const cells = [{ scenario: 'talk', providers: ['model'], trials: 1 }];
    const faults = (seed?: number) => planFaults(bundle, cells, ['default'], { variables: {}, services, seed });
    expect(faults(1)).toEqual([]);
    expect(faults().map(({ message }) => message)).toEqual([
      expect.stringContaining('nothing fills {{record_number}}'),
    ]);
  });
});
