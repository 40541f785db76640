import { describe, expect, test } from '@jest/globals';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import { ARENA, bytesOf, faultsWith, loadWith, SOUND } from '../helpers/bundle-texts.js';

const arena = SOUND[ARENA] ?? '';
const scenario = SOUND['scenarios/greeting.yaml'] ?? '';

describe('what is wrong with a document is said with its position', () => {
  const turns = (text: string) => scenario.replace(/ {2}turns:[\s\S]*/, text);

  test.each<[string, string, string[]]>([
    [
      'an unknown key',
      scenario.replace('content: Hello', 'contnet: Hello'),
      ['scenarios/greeting.yaml:8:7 unknown key "contnet" in spec.turns[0], did you mean "content"?'],
    ],
    [
      'an unknown key that resembles nothing',
      scenario.replace('kind: Scenario', 'kind: Scenario\nowner: me'),
      ['scenarios/greeting.yaml:2:1 unknown key "owner", known keys: $schema, apiVersion, kind, metadata, spec'],
    ],
    [
      'a missing key and a value of the wrong type, both at once',
      turns('  trials: often\n  turns: [{ content: Hi }]\n'),
      [
        'scenarios/greeting.yaml:6:3 spec.trials must be a number, not a text',
        'scenarios/greeting.yaml:7:11 spec.turns[0].role is required',
      ],
    ],
    ['a number out of bounds', turns('  trials: 0\n'), ['scenarios/greeting.yaml:6:3 spec.trials must be at least 1']],
    [
      'a value that is not in a list',
      turns('  context_policy: { strategy: odlest }\n'),
      [
        'scenarios/greeting.yaml:6:21 spec.context_policy.strategy "odlest" is not one of oldest, fail, summarize, relevance, did you mean "oldest"?',
      ],
    ],
    [
      'an empty text',
      turns('  turns: [{ role: "" }]\n'),
      ['scenarios/greeting.yaml:6:13 spec.turns[0].role must not be empty'],
    ],
    [
      'the wrong kind of document',
      SOUND['tools/order.yaml'] ?? '',
      ['scenarios/greeting.yaml:1:1 is a Tool, but a Scenario is expected here, move it to the list of Tool documents'],
    ],
    [
      'an unknown kind',
      scenario.replace('kind: Scenario', 'kind: Scenari'),
      ['scenarios/greeting.yaml:1:1 unknown kind "Scenari", did you mean "Scenario"?'],
    ],
    ['no kind', 'spec: {}\n', ['scenarios/greeting.yaml:1:1 has no kind, begin it with "kind: Scenario"']],
    ['an empty file', '', ['scenarios/greeting.yaml:1:1 is not a Scenario document, begin it with "kind: Scenario"']],
    [
      'a list in place of a document',
      '- a\n- b\n',
      ['scenarios/greeting.yaml:1:1 is not a Scenario document, begin it with "kind: Scenario"'],
    ],
    [
      'a document without a name',
      scenario.replace('metadata:\n  name: greeting\n', ''),
      ['scenarios/greeting.yaml:1:1 has no name, write metadata.name'],
    ],
    [
      'an unknown check',
      scenario.replace('content_includes', 'content_include'),
      ['scenarios/greeting.yaml:10:11 unknown assertion "content_include", did you mean "content_includes"?'],
    ],
    [
      'checks on an assistant turn',
      scenario.replace('role: user', 'role: assistant'),
      [
        'scenarios/greeting.yaml:9:7 nothing is checked on an assistant turn, move them to the user turn that the model answers',
      ],
    ],
    [
      'a prompt that does not exist',
      scenario.replace('task_type: support', 'task_type: suport'),
      ['scenarios/greeting.yaml:5:3 unknown task_type "suport", did you mean "support"?'],
    ],
    [
      'a provider that does not exist',
      scenario.replace('  turns:', '  providers: [fast, slwo]\n  turns:'),
      ['scenarios/greeting.yaml:6:21 unknown provider "slwo", did you mean "slow"?'],
    ],
    [
      'a role that nobody plays',
      scenario.replace('role: user', 'role: usr'),
      ['scenarios/greeting.yaml:7:7 unknown role "usr", did you mean "user"?'],
    ],
    [
      'a persona that does not exist',
      scenario.replace('content: Hello', 'persona: grumpy'),
      ['scenarios/greeting.yaml:8:7 unknown persona "grumpy", there are no known personas'],
    ],
  ])('%s', (_, text, expected) => {
    expect(faultsWith({ 'scenarios/greeting.yaml': text })).toEqual(expected);
    expect(loadWith({ 'scenarios/greeting.yaml': text }).bundle).toBeUndefined();
  });

  test.each<[string, string, string]>([
    ['a number that must be whole', 'trials: 1.5', '6:3 spec.trials must be a whole number, not 1.5'],
    [
      'a value that no JSON can hold',
      'variables: { a: .nan }',
      '6:16 spec.variables.a is not a value that JSON can hold',
    ],
    ['a key that is a list', '? [a, b]\n  : c', '6:5 has a key that is not a text, quote it'],
    ['a key that is nothing', 'null: a', '6:3 has a key that is not a text, quote it'],
  ])('%s', (_, line, expected) => {
    expect(faultsWith({ 'scenarios/greeting.yaml': turns(`  ${line}\n`) })).toEqual([
      `scenarios/greeting.yaml:${expected}`,
    ]);
  });

  test('a number in place of a duration', () => {
    const provider = 'kind: Provider\nmetadata: { name: fast }\nspec: { type: mock, request_timeout: 30 }\n';
    expect(faultsWith({ 'providers/fast.yaml': provider })).toEqual([
      'providers/fast.yaml:3:21 spec.request_timeout is not a duration such as 30s, 5m or 1h30m',
    ]);
  });

  test('a key that a list or a map may have, in either', () => {
    const servers = (text: string) => faultsWith({ [ARENA]: `${arena}  mcp_servers: ${text}\n` });
    expect(servers('{ files: { comand: x } }')).toEqual([
      `${ARENA}:20:27 unknown key "comand" in spec.mcp_servers.files, did you mean "command"?`,
    ]);
    expect(servers('[{ name: files, comand: x }]')).toEqual([
      `${ARENA}:20:32 unknown key "comand" in spec.mcp_servers[0], did you mean "command"?`,
    ]);
    expect(servers('5')).toEqual([`${ARENA}:20:3 spec.mcp_servers must be a list or a map, not 5`]);
  });

  test('several documents in one file', () => {
    expect(faultsWith({ 'scenarios/greeting.yaml': `${scenario}---\n${scenario}` })).toEqual([
      'scenarios/greeting.yaml:12:1 holds more than one document',
    ]);
  });

  test('broken YAML', () => {
    const [fault] = faultsWith({ 'scenarios/greeting.yaml': 'kind: Scenario\nspec: {turns: [\n' });
    expect(fault).toMatch(/^scenarios\/greeting\.yaml:3:1 is not valid YAML: /);
  });

  test('a key that stands twice', () => {
    const [fault] = faultsWith({ 'scenarios/greeting.yaml': 'kind: Scenario\nkind: Scenario\n' });
    expect(fault).toBe(
      'scenarios/greeting.yaml:2:1 is not valid YAML: Map keys must be unique, leave one of the two out',
    );
  });

  test('a file that is not UTF-8', () => {
    const files = bytesOf(SOUND).set('scenarios/greeting.yaml', Uint8Array.of(0x6b, 0xff, 0xfe));
    expect(loadBundleFromFiles(files, ARENA).faults).toEqual([
      { severity: 'error', file: 'scenarios/greeting.yaml', message: 'is not UTF-8 text', hint: 'save it as UTF-8' },
    ]);
  });

  test('a document that does not exist, with the name of one that does', () => {
    const faults = faultsWith({ [ARENA]: arena.replace('scenarios/greeting.yaml', 'scenarios/greetin.yaml') });
    expect(faults).toEqual([
      `${ARENA}:15:7 scenarios/greetin.yaml does not exist, did you mean "scenarios/greeting.yaml"?`,
    ]);
  });

  test('the faults of all documents come together', () => {
    const faults = faultsWith({
      'scenarios/greeting.yaml': turns('  trials: 0\n'),
      'providers/fast.yaml': 'kind: Provider\nmetadata: { name: fast }\nspec: { type: opnai }\n',
      'tools/order.yaml': 'kind: Tool\nspec: {}\n',
    });
    expect(faults).toEqual([
      'providers/fast.yaml:3:9 spec.type "opnai" is not one of agent, openai, claude, anthropic, gemini, google, imagen, mock, ollama, replay, vllm, did you mean "openai"?',
      'scenarios/greeting.yaml:6:3 spec.trials must be at least 1',
      'tools/order.yaml:2:1 spec.description is required',
      'tools/order.yaml:2:1 spec.input_schema is required',
      'tools/order.yaml:2:1 spec.mode is required, one of mock, live, mcp, client, local, exec, provider',
    ]);
  });
});
