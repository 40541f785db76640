import { afterEach, describe, expect, test } from '@jest/globals';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { type AgentOptions, said, startAgent } from '../helpers/a2a-agent.js';
import { faults, offered, type Seen, type Setting, see } from '../helpers/effects.js';
import { engineBundle, type HoldOptions, hold, scripted } from '../helpers/engine-bundle.js';
import type { HttpService } from '../helpers/http-service.js';

let service: HttpService | undefined;

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const call = (name: string, query: string) => ({ toolCalls: [{ id: 'c1', name, args: { query } }] });
const toolTexts = ({ messages }: ConversationRecord) =>
  messages.filter(({ role }) => role === 'tool').map(({ content }) => content);

/** What an agent with these responses says to a question. */
async function asked(agent: object, query: string, skill = 'search'): Promise<string | undefined> {
  const bundle = engineBundle({ arena: { a2a_agents: [{ name: 'research', card: CARD, ...agent }] } });
  const record = await hold(bundle, { complete: scripted(call(`a2a__research__${skill}`, query), 'done') });
  return toolTexts(record)[0];
}

const CARD = { skills: [{ id: 'search' }, { id: 'other' }] };
const answer = (text: string) => ({ response: { parts: [{ text }] } });

describe('agents that the bundle answers for', () => {
  // shows Arena.spec.a2a_agents[].responses[].skill, Arena.spec.a2a_agents[].responses[].match.contains
  // shows Arena.spec.a2a_agents[].responses[].match.regex, Arena.spec.a2a_agents[].responses[].error
  test.each<[string, object[], string]>([
    ['the first rule that fits', [{ match: { contains: 'Quantum' }, ...answer('A') }, answer('B')], 'A'],
    ['a later rule, when earlier ones do not fit', [{ match: { contains: 'cats' }, ...answer('A') }, answer('B')], 'B'],
    ['a pattern', [{ match: { regex: 'quantum \\w+$' }, ...answer('A') }, answer('B')], 'A'],
    ['a pattern in other capitals', [{ match: { regex: 'QUANTUM' }, ...answer('A') }, answer('B')], 'B'],
    ['both conditions', [{ match: { contains: 'papers', regex: 'cats' }, ...answer('A') }, answer('B')], 'B'],
    [
      'the rule of the skill',
      [
        { skill: 'other', ...answer('A') },
        { skill: 'search', ...answer('B') },
      ],
      'B',
    ],
    ['an error', [{ error: 'out of order' }], 'Tool execution failed: out of order'],
    [
      'nothing that fits',
      [{ match: { contains: 'cats' }, ...answer('A') }],
      'Tool execution failed: agent research has no response to this for its skill search',
    ],
    ['an empty answer', [{}], ''],
  ])('%s', async (_, responses, expected) => {
    expect(await asked({ responses }, 'papers on quantum computing')).toBe(expected);
  });

  test('texts, values and files of an answer', async () => {
    // shows Arena.spec.a2a_agents[].responses[].response.parts[].text, Arena.spec.a2a_agents[].responses[].response.parts[].data
    // shows Arena.spec.a2a_agents[].responses[].response.parts[].url, Arena.spec.a2a_agents[].responses[].response.parts[].raw
    // shows Arena.spec.a2a_agents[].responses[].response.parts[].media_type
    const parts = [
      { text: 'Look' },
      { data: { b: 1, a: 2 } },
      { url: 'http://x/y.png', media_type: 'image/png' },
      { raw: 'QQ==' },
    ];
    const bundle = engineBundle({
      arena: { a2a_agents: [{ name: 'r', card: CARD, responses: [{ response: { parts } }] }] },
    });
    const record = await hold(bundle, { complete: scripted(call('a2a__r__search', 'x'), 'done') });
    const message = record.messages.find(({ role }) => role === 'tool');
    expect(message?.content).toBe('Look\n{\n  "a": 2,\n  "b": 1\n}');
    expect(message?.parts?.slice(1)).toEqual([
      { type: 'image', mimeType: 'image/png', url: 'http://x/y.png' },
      { type: 'document', mimeType: 'application/octet-stream', data: 'QQ==' },
    ]);
  });

  test.each<[string, object, [string, string][]]>([
    // shows Arena.spec.a2a_agents[].name, Arena.spec.a2a_agents[].card.skills[].id, Arena.spec.a2a_agents[].card.skills[].description
    // shows Arena.spec.a2a_agents[].card.skills[].name, Arena.spec.a2a_agents[].card.skills[].tags, Arena.spec.a2a_agents[].card.description
    [
      'its description',
      { card: { skills: [{ id: 's', name: 'S', description: 'Does s' }] } },
      [['a2a__one__s', 'Does s']],
    ],
    ['its name', { card: { skills: [{ id: 's', name: 'S' }] } }, [['a2a__one__s', 'S']]],
    ['the agent', { card: { description: 'An agent', skills: [{ id: 's' }] } }, [['a2a__one__s', 'An agent']]],
    ['its tags', { card: { skills: [{ id: 's', name: 'S', tags: ['a', 'b'] }] } }, [['a2a__one__s', 'S (a, b)']]],
    ['plain names', { card: { skills: [{ id: 'find it!', name: 'S' }] } }, [['a2a__one__find_it_', 'S']]],
    [
      'the skills of its responses',
      { responses: [{ skill: 'x' }, { skill: 'x' }, { skill: 'y' }] },
      [
        ['a2a__one__x', 'one'],
        ['a2a__one__y', 'one'],
      ],
    ],
  ])('the model is told of a skill by %s', async (_, agent, expected) => {
    const bundle = engineBundle({ arena: { a2a_agents: [{ name: 'one', ...agent }] } });
    const seen: [string, string][] = [];
    await hold(bundle, {
      complete: ({ tools = [] }) => {
        seen.push(...tools.map(({ name, description }): [string, string] => [name, description]));
        return { content: 'done', latencyMs: 0 };
      },
    });
    expect(seen).toEqual(expected);
  });

  test('records name the agents by their cards', async () => {
    // shows Arena.spec.a2a_agents[].card.name
    const a2a_agents = [
      { name: 'one', card: { name: 'Agent One', ...CARD } },
      { name: 'two', card: CARD },
    ];
    const record = await hold(engineBundle({ arena: { a2a_agents } }), { complete: scripted('done') });
    expect(record.agents).toEqual(['Agent One', 'two']);
  });
});

describe('agents at an address', () => {
  const remote = async (agent: object, options: AgentOptions, hints: HoldOptions = {}) => {
    service = await startAgent(options);
    const bundle = engineBundle({ arena: { a2a_agents: [{ name: 'far', url: service.origin, ...agent }] } });
    return hold(bundle, { complete: scripted(call('a2a__far__search', 'Hello'), 'done'), ...hints });
  };
  const answers = { 'message/send': () => said('Hi') };

  test('they say themselves what they can do, and answer', async () => {
    // shows Arena.spec.a2a_agents[].url
    expect(toolTexts(await remote({}, { answers }))).toEqual(['Hi']);
  });

  test('headers and tokens come from the bundle and from the environment', async () => {
    // shows Arena.spec.a2a_agents[].headers, Arena.spec.a2a_agents[].headers_from_env, Arena.spec.a2a_agents[].auth.token_env
    // shows Arena.spec.a2a_agents[].auth.scheme, Arena.spec.a2a_agents[].auth.header
    const env: { [name: string]: string } = { TOKEN: 'secret-1', TEAM: 'blue' };
    const agent = {
      headers: { 'x-plain': '1' },
      headers_from_env: ['x-team=TEAM'],
      auth: { token_env: 'TOKEN', scheme: '', header: 'x-key' },
    };
    await remote(agent, { answers }, { services: { env: (name) => env[name] } });
    const { headers = {} } = service?.seen.at(-1) ?? {};
    expect([headers['x-plain'], headers['x-team'], headers['x-key']]).toEqual(['1', 'blue', 'secret-1']);
  });

  test('a token is sent as a bearer’s and shown nowhere', async () => {
    // shows Arena.spec.a2a_agents[].auth.token
    const echo = { 'message/send': () => said(`you sent ${service?.seen.at(-1)?.headers.authorization}`) };
    const record = await remote({ auth: { token: 'secret-2' }, card: CARD }, { answers: echo });
    expect(toolTexts(record)).toEqual(['you sent Bearer ***']);
    expect(JSON.stringify(record)).not.toContain('secret-2');
  });

  test('a variable that is not there is a tool error', async () => {
    const record = await remote({ auth: { token_env: 'NOPE' }, card: CARD }, { answers });
    expect(toolTexts(record)[0]).toContain('agent far needs the environment variable NOPE');
    expect(service?.seen).toEqual([]);
  });

  test('they have so much time', async () => {
    // shows Arena.spec.a2a_agents[].timeout_ms
    const working = { 'message/send': () => ({ kind: 'task', id: 't', status: { state: 'working' } }) };
    const record = await remote(
      { card: CARD, timeout_ms: 150 },
      { answers: { ...working, 'tasks/get': working['message/send'] } },
    );
    expect(toolTexts(record)[0]).toMatch(/was not done within 0\.15 s$/);
  });

  test('without a card nobody knows what they can do: the conversation ends', async () => {
    const record = await remote({}, { card: null, answers });
    expect([record.verdict, record.error?.code]).toEqual(['errored', 'malformed_answer']);
  });
});

describe('faults of agents', () => {
  const said = async (setting: Setting, leaf: string, value: unknown) => faults(await see(leaf, value, setting));
  const TEAM: Setting = { arena: { agents: { entry: 'main', members: { main: {} } } } };
  test.each<[leaf: string, value: unknown, expected: string, setting?: Setting]>([
    ['Arena.spec.a2a_agents', [{ name: 'a' }], 'error has no skill that could be called, name one under card.skills'],
    [
      'Arena.spec.a2a_agents',
      [
        { name: 'a', card: CARD },
        { name: 'a', card: CARD },
      ],
      'error there is another agent "a", give it a name of its own',
    ],
    [
      'Arena.spec.a2a_agents',
      [{ name: 'a', card: CARD, responses: [{ skill: 'serch' }] }],
      'error unknown skill "serch", did you mean "search"?',
    ],
    ['Arena.spec.agents.entry', 'mian', 'error unknown member "mian", did you mean "main"?', TEAM],
    [
      'Arena.spec.agents.members',
      { main: {}, mian: {} },
      'error no prompt has the task_type "mian", did you mean "main"?',
      TEAM,
    ],
    ['Arena.spec.agents.members.*.state', 'x', 'error unknown state "x", there are no states', TEAM],
  ])('%s: %j', async (leaf, value, expected, setting = {}) => {
    expect(await said(setting, leaf, value)).toEqual([expected]);
  });

  test.each<[string, unknown]>([
    // shows Arena.spec.agents.members.*.input_modes, Arena.spec.agents.members.*.output_modes
    ['Arena.spec.agents.members.*.input_modes', ['image/png']],
    ['Arena.spec.agents.members.*.output_modes', ['audio/wav']],
  ])('%s: only what is told in text', async (leaf, value) => {
    expect((await said(TEAM, leaf, value)) as string[]).toEqual([expect.stringContaining('must hold a text type')]);
    expect(await said(TEAM, leaf, ['text/plain'])).toEqual([]);
  });

  test('a token in the bundle is warned of', async () => {
    const agent = { name: 'a', url: 'https://a.example', card: CARD, auth: { token: 'x' } };
    const { faults: found, ...rest } = (await see('Arena.spec.a2a_agents', [agent], {
      hold: { complete: scripted('x') },
    })) as Seen;
    expect(found).toEqual([expect.stringMatching(/^warning config\.arena\.yaml:\d+:\d+ a token stands in the bundle/)]);
    expect(offered({ faults: found, ...rest })).toContain('a2a__a__search');
  });
});
