import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { applyClusterSetup, type ClusterParts, replacedBy } from '../../../src/bundle/cluster-setup.js';
import { formatFault } from '../../../src/bundle/fault.js';
import { judgeNamed } from '../../../src/bundle/judge-providers.js';
import { loadBundleFromFiles } from '../../../src/bundle/load-bundle.js';
import { planMatrix } from '../../../src/bundle/matrix.js';
import type { ResolvedProvider } from '../../../src/cluster/resolved-job.js';
import { PlanIndex } from '../../../src/core/plan.js';
import { hold, scripted } from '../../helpers/engine-bundle.js';

const document = (kind: string, name: string, spec: object) => stringify({ kind, metadata: { name }, spec });

/** A bundle whose own provider is broken, and one of whose scenarios a persona plays. */
function bundleFor(parts: ClusterParts, arena: object = {}, scenario: object = {}) {
  const files = {
    'config.arena.yaml': document('Arena', 'setup', {
      prompt_configs: [{ id: 'main', file: 'prompt.yaml' }],
      providers: [{ file: 'broken.yaml' }],
      scenarios: [{ file: 'talk.yaml' }],
      ...arena,
    }),
    'prompt.yaml': document('PromptConfig', 'main', {
      task_type: 'main',
      system_template: 'You help.',
      allowed_tools: ['look'],
    }),
    'broken.yaml': ': this is no Provider',
    'persona.yaml': document('Persona', 'shopper', { description: 'x', system_template: 'You shop.' }),
    'talk.yaml': document('Scenario', 'talk', {
      task_type: 'main',
      turns: [{ role: 'user', content: 'Hi' }],
      ...scenario,
    }),
  };
  const bytes = new Map(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)]));
  const { bundle, faults } = loadBundleFromFiles(bytes, 'config.arena.yaml', { replaced: replacedBy(parts) });
  if (bundle === undefined) throw new Error(faults.map(formatFault).join('\n'));
  return applyClusterSetup(bundle, parts);
}

const mock = (id: string, group = 'default', rest: Partial<ResolvedProvider> = {}): ResolvedProvider => ({
  id,
  group,
  spec: { type: 'mock', model: id },
  from: `Provider team/${id}`,
  ...rest,
});

const cellsOf = (setup: ReturnType<typeof bundleFor>) => planMatrix(setup.bundle).cells;
const errorsOf = (setup: ReturnType<typeof bundleFor>) =>
  [...setup.faults, ...planMatrix(setup.bundle).faults].flatMap((fault) =>
    fault.severity === 'error' ? [formatFault(fault)] : [],
  );

describe('providers of a job in the place of those of a bundle', () => {
  test('the array groups are the assistants; judges and players are none, in either form', () => {
    const judge = mock('strict', 'judge', { standsFor: 'judge-model' });
    const setup = bundleFor({ providers: [mock('a'), mock('b'), judge, mock('c', 'selfplay')] });
    expect(errorsOf(setup)).toEqual([]);
    expect(cellsOf(setup)).toEqual([{ scenario: 'talk', providers: ['a', 'b'], trials: 1 }]);
  });

  test('one Provider may be in several groups', () => {
    const setup = bundleFor(
      { providers: [mock('a', 'judge'), mock('a', 'fast'), mock('a')] },
      {},
      { provider_group: 'fast' },
    );
    expect(cellsOf(setup)).toEqual([{ scenario: 'talk', providers: ['a'], trials: 1 }]);
    expect(setup.bundle.providers.get('a')).toMatchObject({ group: 'fast', alsoIn: ['judge', 'default'] });
  });

  test('a group that a scenario wants and nobody is in is an error, not all of them', () => {
    const setup = bundleFor({ providers: [mock('a')] }, {}, { provider_group: 'fast' });
    expect(errorsOf(setup)[0]).toContain('the job has nobody in the group "fast", which "talk" runs against');
  });

  test('an entry with a key stands for the provider that a scenario names', () => {
    const stands = mock('gpt', 'models', { standsFor: 'main-model' });
    const setup = bundleFor({ providers: [mock('a'), stands] }, {}, { providers: ['main-model'] });
    expect(cellsOf(setup)).toEqual([{ scenario: 'talk', providers: ['main-model'], trials: 1 }]);
    const missing = bundleFor({ providers: [mock('a')] }, {}, { providers: ['main-model'] });
    expect(errorsOf(missing)[0]).toContain('unknown provider "main-model"');
  });

  test('an entry with a key answers in no scenario that does not name it, whatever its group', () => {
    const stands = (group: string) => mock('gpt', group, { standsFor: 'main-model' });
    const beside = bundleFor({ providers: [mock('a'), stands('default')] });
    expect(cellsOf(beside)).toEqual([{ scenario: 'talk', providers: ['a'], trials: 1 }]);
    const fast = bundleFor({ providers: [mock('a', 'fast'), stands('models')] }, {}, { provider_group: 'fast' });
    expect(cellsOf(fast)).toEqual([{ scenario: 'talk', providers: ['a'], trials: 1 }]);
    const alone = bundleFor({ providers: [stands('default')] });
    expect(errorsOf(alone)).toEqual([
      expect.stringMatching(/nobody in the group "default".*list somebody under spec\.providers\.default \(in a map/),
    ]);
  });

  test.each<[string, ResolvedProvider[], string]>([
    ['the key of an entry', [mock('a'), mock('x', 'judge', { standsFor: 'strict' }), mock('y', 'judge')], 'x'],
    ['an entry of that name', [mock('strict'), mock('y', 'judge')], 'strict'],
    ['the only one of the group judge', [mock('a'), mock('y', 'judge')], 'y'],
    ['the only one of a group of that name', [mock('a'), mock('z', 'strict'), mock('y', 'judge')], 'z'],
  ])('a judge of the bundle is found by %s', (_, providers, model) => {
    const { bundle, faults } = bundleFor({ providers }, { judges: [{ name: 'quality', provider: 'strict' }] });
    expect(faults).toEqual([]);
    const judge = bundle.providers.get(judgeNamed(bundle, undefined, 'quality')?.provider ?? '');
    expect(judge?.spec.model).toBe(model);
  });

  test('a judge that several could be is refused where the bundle names it', () => {
    const providers = [mock('a'), mock('x', 'judge'), mock('y', 'judge')];
    const { faults } = bundleFor({ providers }, { judges: [{ name: 'quality', provider: 'strict' }] });
    expect(faults.map(formatFault)[0]).toMatch(
      /^config.arena.yaml:\d+:\d+ the judge "quality" wants the provider "strict", and x, y could be meant, write spec.providers.judge of the job as a map with the key strict$/,
    );
  });

  test('what comes from the cluster may use keys, what the bundle has itself may not', () => {
    const { bundle } = bundleFor(
      { providers: [mock('a')] },
      { judges: [{ name: 'quality', provider: 'a', model: 'big' }] },
    );
    expect([...bundle.providers.values()].map(({ id, trusted }) => [id, trusted])).toEqual([
      ['a', true],
      ['judge.quality', true],
    ]);
  });

  test('tools of registries take the place of those of the bundle and of its servers', () => {
    const tool = {
      name: 'look',
      from: 'ToolRegistry team/crm, handler look',
      spec: { description: 'a', input_schema: {}, mode: 'mock' },
    };
    const arena = { tools: [{ file: 'gone.yaml' }], mcp_servers: [{ name: 'old', command: 'x' }] };
    const { bundle, faults } = bundleFor({ providers: [mock('a')], tools: [tool], mcpServers: [] }, arena);
    expect(faults).toEqual([]);
    expect([...bundle.tools.keys()]).toEqual(['look']);
    expect(bundle.arena.spec.mcp_servers).toBeUndefined();
    expect(bundle.warnings).toEqual([]);
  });
});

const PLAYED = { turns: [], self_play: { persona: 'shopper', max_turns: 1 } };
const PERSONAS = { self_play: { personas: [{ file: 'persona.yaml' }] } };

describe('self-play of a pool', () => {
  const pairs = (selfPlay: ClusterParts['selfPlay'], ...providers: ResolvedProvider[]) =>
    bundleFor({ providers, selfPlay }, PERSONAS, PLAYED);
  const items = (setup: ReturnType<typeof bundleFor>) => {
    const index = new PlanIndex({ schemaVersion: 1, bundle: '', cells: cellsOf(setup), regions: ['default'] });
    return Array.from({ length: index.size }, (_, at) => index.at(at)).map(({ id, provider }) => [id, provider]);
  };

  test('each talks with each other one, and a lone one with itself', () => {
    const ON = { rounds: 1, swapRoles: false };
    expect(items(pairs(ON, mock('a'), mock('b')))).toEqual([
      ['talk/a~b', 'a~b'],
      ['talk/b~a', 'b~a'],
    ]);
    expect(items(pairs(ON, mock('a')))).toEqual([['talk/a~a', 'a~a']]);
    expect(items(pairs(ON, mock('x'), mock('a', 'selfplay'), mock('b', 'selfplay')))).toHaveLength(2);
  });

  test('sides are swapped on even rounds, and items keep the name of their pair', () => {
    expect(items(pairs({ rounds: 3, swapRoles: true }, mock('a'), mock('b'))).slice(0, 6)).toEqual([
      ['talk/a~b/t1', 'a~b'],
      ['talk/b~a/t1', 'b~a'],
      ['talk/a~b/t2', 'b~a'],
      ['talk/b~a/t2', 'a~b'],
      ['talk/a~b/t3', 'a~b'],
      ['talk/b~a/t3', 'b~a'],
    ]);
    const plain = items(pairs({ rounds: 2, swapRoles: false }, mock('a'), mock('b')));
    expect(plain[2]).toEqual(['talk/a~b/t2', 'a~b']);
  });

  test('the one side answers and the other one plays the user', async () => {
    const { bundle, faults } = pairs({ rounds: 1, swapRoles: false }, mock('a'), mock('b'));
    expect(faults).toEqual([]);
    const asked: string[] = [];
    const answer = scripted('I want shoes.', 'Here they are.');
    const complete = (_: unknown, provider: string) => {
      asked.push(provider);
      return answer();
    };
    await hold(bundle, { provider: 'b~a', complete });
    expect(asked).toEqual(['a', 'b~a']);
    expect(bundle.providers.get('b~a')).toMatchObject({ heldBy: 'b', player: 'a', spec: { model: 'b' } });
  });

  test('scenarios without a persona run as ever', () => {
    const setup = bundleFor({ providers: [mock('a'), mock('b')], selfPlay: { rounds: 2, swapRoles: true } });
    expect(cellsOf(setup)).toEqual([{ scenario: 'talk', providers: ['a', 'b'], trials: 1 }]);
    expect(setup.bundle.warnings.map(({ message }) => message)).toContain(
      'self-play is on, and no scenario has a persona',
    );
  });

  test('a role of a turn is played by the only one of the group selfplay where there is no pool', () => {
    const arena = { self_play: { ...PERSONAS.self_play, roles: [{ id: 'player', provider: 'shop-model' }] } };
    const turns = { turns: [{ role: 'player', persona: 'shopper' }] };
    const { bundle, faults } = bundleFor({ providers: [mock('a'), mock('b', 'selfplay')] }, arena, turns);
    expect(faults).toEqual([]);
    expect(bundle.providers.get('shop-model')).toMatchObject({ group: 'selfplay', heldBy: 'b' });
  });
});
