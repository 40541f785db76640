import { describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { referenceArena } from '../helpers/reference-arena.js';
import {
  lookup,
  place,
  referenceEval,
  referencePersona,
  referencePrompt,
  referenceProvider,
  referenceScenario,
  weather,
} from '../helpers/reference-documents.js';

const API = 'promptkit.altairalabs.ai/v1alpha1';
const document = (kind: string, name: string, spec: object) =>
  stringify({
    apiVersion: API,
    kind,
    metadata: { name, namespace: 'default', labels: { a: 'b', automated: true }, annotations: { c: 'd' } },
    spec,
  });
const mock = { type: 'mock', model: 'm' };
const judgePrompt = {
  task_type: 'judge-simple',
  version: 'v1',
  description: 'Judges.',
  system_template: 'You judge.',
};

const FILES: { [path: string]: string } = {
  'config.arena.yaml': document('Arena', 'all', referenceArena),
  'prompts/main.yaml': document('PromptConfig', 'main', referencePrompt),
  'judge-prompts/simple.yaml': document('PromptConfig', 'judge-simple', judgePrompt),
  'providers/model.yaml': document('Provider', 'model', referenceProvider),
  'providers/judge.yaml': document('Provider', 'judge', mock),
  'providers/embed.yaml': document('Provider', 'embed', { ...mock, role: 'embedding' }),
  'providers/speech.yaml': document('Provider', 'speech', { type: 'cartesia', role: 'tts', voice: 'a' }),
  'scenarios/talk.yaml': document('Scenario', 'talk', referenceScenario),
  'evals/old.yaml': document('Eval', 'old', referenceEval),
  'tools/lookup.yaml': document('Tool', 'lookup', lookup),
  'tools/weather.yaml': document('Tool', 'weather', weather),
  'tools/place.yaml': document('Tool', 'place', place),
  'personas/caller.yaml': document('Persona', 'caller', referencePersona),
  'fragments/manner.txt': 'Be kind.',
  'recordings/old.transcript.yaml': 'messages:\n  - {role: user, content: hi}\n  - {role: assistant, content: hello}\n',
  'skills/tea/SKILL.md': '---\nname: tea\ndescription: Makes tea.\nlicense: MIT\n---\nBoil water.\n',
};

/** The keys of these documents that mean nothing to anybody here. */
const STRAYS = [
  'config.arena.yaml spec.a2a_agents[0].card.capabilities',
  'config.arena.yaml spec.a2a_agents[0].card.defaultInputModes',
  'config.arena.yaml spec.a2a_agents[0].card.defaultOutputModes',
  'config.arena.yaml spec.a2a_agents[0].card.protocolVersion',
  'config.arena.yaml spec.a2a_agents[0].card.provider',
  'config.arena.yaml spec.a2a_agents[0].card.skills[0].examples',
  'config.arena.yaml spec.a2a_agents[0].card.version',
  'config.arena.yaml spec.a2a_agents[0].responses[0].delay_ms',
  'config.arena.yaml spec.a2a_agents[0].responses[0].response.contextId',
  'config.arena.yaml spec.judge_specs.mild.name',
  'config.arena.yaml spec.memory.retriever',
  'config.arena.yaml spec.memory.scope',
  'config.arena.yaml spec.memory.type',
  'config.arena.yaml spec.skills[0].scope',
  'config.arena.yaml spec.workflow.engine.budget.warn_at',
  'config.arena.yaml spec.workflow.engine.mode',
  'config.arena.yaml spec.workflow.metadata',
  'config.arena.yaml spec.workflow.states.start.artifacts.note.required',
  'config.arena.yaml spec.workflow.states.start.metadata',
  'config.arena.yaml spec.workflow.states.start.persistence',
  'personas/caller.yaml spec.version',
  'prompts/main.yaml spec.media.audio.sample_rate',
  'prompts/main.yaml spec.media.examples[0].tags',
  'prompts/main.yaml spec.media.image.max_width',
  'prompts/main.yaml spec.media.policy',
  'prompts/main.yaml spec.media.video.codecs',
  'prompts/main.yaml spec.model_overrides.gpt-4o.parameters.top_k',
  'prompts/main.yaml spec.model_overrides.gpt-4o.temperature',
  'prompts/main.yaml spec.variables[0].validation.format',
  'scenarios/talk.yaml spec.seed_memories[0].scope',
  'tools/weather.yaml spec.http.multimodal.max_bytes',
  'tools/weather.yaml spec.http.request.encoding',
  'tools/weather.yaml spec.http.response.success_codes',
];

function load(changes: { [path: string]: string } = {}) {
  const files = Object.entries({ ...FILES, ...changes }).map(([path, text]) => [path, Buffer.from(text)] as const);
  return loadBundleFromFiles(new Map(files), 'config.arena.yaml');
}

describe('what the reference accepts', () => {
  test('a bundle with every field of every document loads', () => {
    const { bundle, faults } = load();
    expect(faults.filter(({ severity }) => severity === 'error').map(formatFault)).toEqual([]);
    expect(bundle?.scenarios.size).toBe(2);
  });

  test('keys of blocks that no document lists in full are warnings at their places', () => {
    const strays = load().faults.flatMap((fault) => {
      const found = /^unknown key "(\w+)" in (\S+): it has no effect$/.exec(fault.message);
      return found === null || fault.line === undefined ? [] : [`${fault.file} ${found[2]}.${found[1]}`];
    });
    expect(strays.sort()).toEqual(STRAYS);
  });

  test.each<[string, string, object, string]>([
    ['Arena', 'config.arena.yaml', { ...referenceArena, provider: [] }, 'unknown key "provider" in spec'],
    ['PromptConfig', 'prompts/main.yaml', { ...referencePrompt, validator: [] }, 'unknown key "validator" in spec'],
    ['Scenario', 'scenarios/talk.yaml', { ...referenceScenario, turn: [] }, 'unknown key "turn" in spec'],
    ['Provider', 'providers/model.yaml', { ...referenceProvider, modle: 'x' }, 'unknown key "modle" in spec'],
    ['Tool', 'tools/lookup.yaml', { ...lookup, mock: {} }, 'unknown key "mock" in spec'],
    ['Eval', 'evals/old.yaml', { ...referenceEval, assert: [] }, 'unknown key "assert" in spec'],
  ])('an unknown key in the spec of a document of kind %s stays an error', (kind, path, spec, message) => {
    const name = path.replace(/^.*\/|\.yaml$/g, '');
    const { bundle, faults } = load({ [path]: document(kind, name, spec) });
    expect(bundle).toBeUndefined();
    expect(faults.find(({ severity }) => severity === 'error')?.message).toContain(message);
  });
});

describe('scripted answers', () => {
  const script = { defaultResponse: 'hm', turns: { 1: { content: 'hi', delay_ms: 5 } }, turn: { 2: 'no' } };
  const additional = { additional_config: { mock_config: 'mock.yaml' } };

  test('unknown keys in them are warnings', () => {
    const { bundle, faults } = load({
      'providers/judge.yaml': document('Provider', 'judge', { ...mock, ...additional }),
      'mock.yaml': stringify({ version: 1, scenarios: { talk: script } }),
    });
    expect(bundle).toBeDefined();
    expect(faults.filter(({ file }) => file === 'mock.yaml').map(formatFault)).toEqual([
      'mock.yaml:1:1 unknown key "version": it has no effect, known keys: defaultResponse, scenarios, selfplay',
      'mock.yaml:8:9 unknown key "delay_ms" in scenarios.talk.turns.1: it has no effect, known keys: type, content, text, response, tool_calls, parts, any_of',
      'mock.yaml:9:5 unknown key "turn" in scenarios.talk: it has no effect, did you mean "turns"?',
    ]);
  });
});
