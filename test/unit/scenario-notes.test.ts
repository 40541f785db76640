import { describe, expect, test } from '@jest/globals';
import { notesOf } from '../../src/engine/scenario-notes.js';
import { SOUND, soundBundle } from '../helpers/bundle-texts.js';

/** What records repeat of a scenario with these lines in its spec and in its metadata. */
function notes(spec: string, metadata = ''): ReturnType<typeof notesOf> {
  const text = (SOUND['scenarios/greeting.yaml'] ?? '').replace(
    'metadata:\n  name: greeting\nspec:\n',
    `metadata:\n  name: greeting\n${metadata}spec:\n${spec}`,
  );
  const scenario = soundBundle({ 'scenarios/greeting.yaml': text }).scenarios.get('greeting');
  if (scenario === undefined) throw new Error('there is no scenario');
  return notesOf(scenario);
}

describe('what a record repeats of its scenario', () => {
  test('is nothing where nothing is written', () => {
    expect(notes('')).toEqual({});
    expect(notes('  context: {}\n  context_metadata: {}\n  constraints: {}\n  labels: {}\n')).toEqual({});
  });

  test.each<[string, string, object]>([
    ['Scenario.spec.mode', '  mode: regression\n', { mode: 'regression' }],
    ['Scenario.spec.description', '  description: Says hello\n', { description: 'Says hello' }],
    ['Scenario.spec.labels', '  labels: { team: shop, level: 2 }\n', { labels: { team: 'shop', level: '2' } }],
    ['Scenario.spec.context', '  context: { day: { of: week } }\n', { context: { context: { day: { of: 'week' } } } }],
    [
      'Scenario.spec.context_metadata.role',
      '  context_metadata: { role: clerk }\n',
      { context: { context_metadata: { role: 'clerk' } } },
    ],
    [
      'Scenario.spec.context_metadata.session_goal',
      '  context_metadata: { session_goal: a refund }\n',
      { context: { context_metadata: { session_goal: 'a refund' } } },
    ],
    [
      'Scenario.spec.context_metadata.project_stage',
      '  context_metadata: { project_stage: pilot }\n',
      { context: { context_metadata: { project_stage: 'pilot' } } },
    ],
    ['constraints', '  constraints: { max_turns: 3 }\n', { context: { constraints: { max_turns: 3 } } }],
  ])('%s', (_, spec, expected) => {
    expect(notes(spec)).toEqual(expected);
  });

  test('labels and annotations of its metadata, where labels of the spec win', () => {
    const metadata = '  labels: { team: ai, kind: smoke }\n  annotations: { owner: ada }\n';
    expect(notes('  labels: { team: shop }\n', metadata)).toEqual({
      labels: { team: 'shop', kind: 'smoke' },
      annotations: { owner: 'ada' },
    });
  });
});
