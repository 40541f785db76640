import { describe, expect, test } from '@jest/globals';
import { formatFault } from '../../src/bundle/fault.js';
import { planMatrix } from '../../src/bundle/matrix.js';
import { unsupportedFaults } from '../../src/bundle/unsupported.js';
import { ARENA, SOUND, soundBundle, type Texts } from '../helpers/bundle-texts.js';

const arena = SOUND[ARENA] ?? '';
const scenario = SOUND['scenarios/greeting.yaml'] ?? '';

function unsupported(changes: Texts, mockProvider = false): string[] {
  const bundle = soundBundle(changes);
  const support = {
    assertionTypes: new Set(['content_includes', 'max_length', 'assertion']),
    providerTypes: new Set(['mock', 'openai']),
    mockProvider,
    allowed: { exec: false, stdioMcp: false },
  };
  const faults = unsupportedFaults(bundle, planMatrix(bundle).cells, support);
  return faults.map((fault) => `${fault.severity} ${formatFault(fault)}`);
}

const REFUSED = 'is not run by this version';

describe('what this version cannot run', () => {
  test('is looked for in the prompts of states and in the tools of skills', () => {
    const program = '{ description: A, mode: exec, input_schema: {}, exec: { command: a } }';
    const more = `${arena}  tool_specs: { a: ${program}, b: ${program} }
  prompt_specs: { other: { task_type: other, system_template: "", allowed_tools: [a] } }
  workflow: { entry: one, states: { one: { on_event: { E: two } }, two: { prompt_task: other } } }
  skills: [{ path: skills }]
`;
    const skill = '---\nname: s\ndescription: S.\nallowed-tools: b\n---\n';
    expect(unsupported({ [ARENA]: more, 'skills/SKILL.md': skill })).toEqual([
      expect.stringContaining('the program of the tool b may not be started here'),
      expect.stringContaining('the program of the tool a may not be started here'),
    ]);
  });

  test('is nothing of a plain bundle', () => {
    expect(unsupported({})).toEqual([]);
  });

  test.each<[string, string]>([
    [
      'runtime: { hooks: [a] }',
      `error ${ARENA}:20:3 a hook of a host ${REFUSED}, there is no host here that could run it`,
    ],
    ['state: { persistence: redis }', `warning ${ARENA}:20:12 a store of its own for conversations has no effect`],
    ['tts_providers: [{ id: a }]', `warning ${ARENA}:20:3 a provider of speech has no effect`],
    ['stt_providers: [{ id: a }]', `warning ${ARENA}:20:3 a provider of transcription has no effect`],
    ['image_providers: [{ id: a }]', `warning ${ARENA}:20:3 a provider of images has no effect`],
    ['voices: { a: {} }', `warning ${ARENA}:20:3 a voice has no effect`],
  ])('of the Arena file: %s', (line, said) => {
    expect(unsupported({ [ARENA]: `${arena}  ${line}\n` })).toEqual([expect.stringContaining(said)]);
  });

  test.each(['memory: { enabled: false }', 'state: { persistence: memory }', 'a2a_agents: []', 'skills: []'])(
    'is not what is switched off: %s',
    (line) => {
      expect(unsupported({ [ARENA]: `${arena}  ${line}\n` })).toEqual([]);
    },
  );

  const AUDIO = '{ type: audio, media: { mime_type: audio/wav, data: UklGRg== } }';
  const spoken = (setting: string, turn: string) =>
    scenario.replace('  turns:', `  ${setting}\n  turns:`).replace('content: Hello', turn);

  test.each<[string, string]>([
    ['duplex: { timeout: 1m }', 'a two-way audio stream'],
    ['voice: { id: x }', 'a spoken conversation'],
  ])('is sound, and a scenario with %s is held as text', (setting, what) => {
    const said = `warning scenarios/greeting.yaml:6:3 ${what} has no effect in this version, conversations are held as text`;
    expect(unsupported({ 'scenarios/greeting.yaml': spoken(setting, 'content: Hello') })).toEqual([said]);
    const both = `content: Hello\n      parts: [${AUDIO}]`;
    expect(unsupported({ 'scenarios/greeting.yaml': spoken(setting, both) })).toEqual([said]);
    const heard = { 'scenarios/greeting.yaml': spoken(setting, `parts: [${AUDIO}]`) };
    const model = 'kind: Provider\nmetadata: { name: fast }\nspec: { type: openai, model: m }\n';
    expect(unsupported(heard)).toEqual([said]);
    expect(unsupported({ ...heard, 'providers/fast.yaml': model }, true)).toEqual([said]);
    expect(unsupported({ ...heard, 'providers/fast.yaml': model })).toEqual([
      expect.stringContaining(`a turn that is only sound in a spoken conversation ${REFUSED}, write what is said`),
      said,
    ]);
  });

  test('are checks that need more, also inside a wrapper', () => {
    const text = scenario.replace(
      '        - type: content_includes\n',
      '        - type: llm_judge\n        - { type: assertion, params: { eval_type: state_is } }\n        - type: content_includes\n',
    );
    expect(unsupported({ 'scenarios/greeting.yaml': text })).toEqual([
      `error scenarios/greeting.yaml:10:11 the check llm_judge ${REFUSED}`,
      `error scenarios/greeting.yaml:11:11 the check state_is ${REFUSED}`,
    ]);
  });

  test('are guardrails that need more, unless they are switched off', () => {
    const prompt = `${SOUND['prompts/support.yaml']}  validators: [{ type: llm_judge }, { type: bias, enabled: false }]\n`;
    expect(unsupported({ 'prompts/support.yaml': prompt })).toEqual([
      `error prompts/support.yaml:8:16 the check llm_judge ${REFUSED}`,
    ]);
  });

  // shows Tool.spec.mode, Tool.spec.exec.runtime, Tool.spec.exec.sandbox, Tool.spec.client.consent.decline_strategy
  test.each<[string, string[]]>([
    ['mode: local', [`error tools/order.yaml:7:3 a function of a host program ${REFUSED}, there is no host here:`]],
    ['mode: local\n  mock_result: { ok: true }', []],
    [
      'mode: exec\n  exec: { command: ls, runtime: server, sandbox: { name: jail } }',
      [
        `error tools/order.yaml:8:24 a program that lives longer than a call ${REFUSED}, leave runtime out`,
        `error tools/order.yaml:8:41 a sandbox ${REFUSED}, leave sandbox out`,
        'error tools/order.yaml:8:11 the program of the tool get_order may not be started here, allow it with --allow-exec',
      ],
    ],
    [
      `mode: live\n  http: { url: "http://x", headers: { A: "\${ONE}" }, headers_from_env: [ONE, TWO] }`,
      [
        'warning tools/order.yaml:8:54 a variable that no header uses has no effect in this version, write Header-Name=',
      ],
    ],
    [
      'mode: client\n  client: { consent: { decline_strategy: fallback } }',
      ['warning tools/order.yaml:8:24 a decline_strategy other than error has no effect in this version, the model is'],
    ],
  ])('are tools that ask for more, when a prompt offers them: %s', (mode, faults) => {
    const tool = (SOUND['tools/order.yaml'] ?? '').replace('mode: mock', mode);
    const found = unsupported({ 'tools/order.yaml': tool });
    expect(found.map((fault, index) => fault.slice(0, faults[index]?.length))).toEqual(faults);
    const prompt = (SOUND['prompts/support.yaml'] ?? '').replace('[get_order]', '[]');
    expect(unsupported({ 'tools/order.yaml': tool, 'prompts/support.yaml': prompt })).toEqual([]);
  });

  test('are programs of MCP servers that nobody allows', () => {
    const servers = 'mcp_servers: { files: { command: npx }, far: { url: "http://x" } }';
    expect(unsupported({ [ARENA]: `${arena}  ${servers}\n` })).toEqual([
      expect.stringMatching(
        /^error config.arena.yaml:\d+:\d+ the program of the MCP server files may not be started here/,
      ),
    ]);
  });

  test('are providers of other types, unless the mock answers for them', () => {
    const changes = {
      'providers/fast.yaml': 'kind: Provider\nmetadata: { name: fast }\nspec: { type: imagen, model: m }\n',
    };
    const hint =
      'take type openai with the base_url of a service that speaks its API, or try the bundle with --mock-provider';
    expect(unsupported(changes)).toEqual([
      `error providers/fast.yaml:3:9 the provider type imagen ${REFUSED}, ${hint}`,
    ]);
    expect(unsupported(changes, true)).toEqual([]);
  });

  test('are providers of images, unless what they answer is scripted', () => {
    const provider = (type: string) =>
      `kind: Provider\nmetadata: { name: fast }\nspec: { type: ${type}, model: m, role: image }\n`;
    expect(unsupported({ 'providers/fast.yaml': provider('openai') })).toEqual([
      `error providers/fast.yaml:3:33 generation of images ${REFUSED}`,
    ]);
    expect(unsupported({ 'providers/fast.yaml': provider('mock') })).toEqual([]);
  });

  test('is said of scenarios that run only', () => {
    const idle = (needs: string) => ({
      [ARENA]: `${arena}  scenario_specs:
    idle: { task_type: support, ${needs}turns: [{ role: user, content: a, parts: [{ type: image, media: { mime_type: image/png, storage_reference: a } }] }] }
`,
    });
    expect(unsupported(idle('required_capabilities: [video], '))).toEqual([]);
    expect(unsupported(idle(''))).toEqual([
      `error ${ARENA}:21:67 media from an external store ${REFUSED}, name the media by file_path, url or data`,
    ]);
  });

  test('are providers of other types that play the user, although the mock answers for assistants', () => {
    const changes = {
      [ARENA]: `${arena}  self_play: { persona_specs: { p: {} }, roles: [{ id: caller, provider: actor }] }
  provider_specs: { actor: { type: imagen, model: m, capabilities: [] } }
`,
      'scenarios/greeting.yaml': scenario
        .replace('role: user', 'role: caller')
        .replace('content: Hello', 'persona: p')
        .replace('  turns:', '  providers: [fast]\n  turns:'),
    };
    const hint = 'take type openai with the base_url of a service that speaks its API';
    expect(unsupported(changes, true)).toEqual([`error ${ARENA}:21:30 the provider type imagen ${REFUSED}, ${hint}`]);
  });

  // shows Arena.spec.defaults.monitor, Arena.spec.defaults.inference
  test.each([
    ['monitor: { enabled: true }', ['the live audio monitor']],
    ['monitor: false', []],
    ['monitor: {}', []],
    ['inference: { device: cpu }', ['a classifier']],
    ['inference: false', []],
  ])('warns of %s among the defaults', (line, what) => {
    expect(unsupported({ [ARENA]: `${arena}    ${line}\n` })).toEqual(
      what.map((each) => `warning ${ARENA}:20:5 ${each} has no effect in this version`),
    );
  });

  test('is one warning where many documents ask for what has no effect', () => {
    const azure = '{ type: azure, region: eastus, endpoint: "https://x.openai.azure.com" }';
    const hosted = (name: string) =>
      `kind: Provider\nmetadata: { name: ${name} }\nspec: { platform: ${azure}, type: openai }\n`;
    expect(unsupported({ 'providers/fast.yaml': hosted('fast'), 'providers/slow.yaml': hosted('slow') })).toEqual([
      'warning providers/fast.yaml:3:34 a region of Azure has no effect in this version, as in 1 more place',
    ]);
  });
});
