import { afterEach, describe, expect, test } from '@jest/globals';
import type { MockAgentScript } from '../../src/io/mock-agent/script.js';
import { type MockAgent, startMockAgent } from '../../src/io/mock-agent/server.js';
import { heldByShard } from '../helpers/agent-shard.js';
import { type EngineBundleParts, engineBundle } from '../helpers/engine-bundle.js';

let agent: MockAgent;
afterEach(() => agent.close());

/** Holds a conversation with an agent that answers by the script, and else with what its session knows. */
async function held(script: MockAgentScript, parts: EngineBundleParts = {}) {
  agent = await startMockAgent({ script: { default: { text: '{{turn}} since {{first}}' }, ...script } });
  return heldByShard(engineBundle({ providers: { agent: { type: 'agent', url: agent.url } }, ...parts }));
}

const turns = (...contents: string[]) => ({ turns: contents.map((content) => ({ role: 'user', content })) });

describe('a conversation that its agent forgets', () => {
  const forgets = (times?: number): MockAgentScript => ({
    answers: [{ when: { user: 'two' }, times, answer: { error: { code: 'SESSION_EXPIRED' } } }],
  });
  const scenario = turns('one', 'two', 'three');

  test('is held again from its start, and marked', async () => {
    const { record, tags } = await held(forgets(1), { scenario });
    expect(record).toMatchObject({ verdict: 'passed', restarted: true, usage: {} });
    expect(record.costUsd).toBeUndefined();
    const said = record.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
    expect(said).toEqual(['1 since one', '2 since one', '3 since one']);
    // The answer of before does not count for whoever reads the records, but what it cost: that is the C behind the R.
    expect(tags).toBe('SCRCCCCI');
    expect(agent.stats()).toMatchObject({ connections: { opened: 2, open: 0 }, sessions: 2, violations: {} });
  });

  test('again and again is given up in the end, with what to do', async () => {
    const { record, tags } = await held(forgets(), { scenario });
    expect(record).toMatchObject({
      verdict: 'errored',
      restarted: true,
      error: { code: 'session_lost', hint: expect.stringContaining('sessions') },
    });
    expect(record.messages.map(({ content }) => content)).toContain('1 since one');
    expect(tags).toBe('SCRCCRCCI');
    expect(agent.stats().turns.asked).toBe(6);
  });
});

describe('a conversation in which agents have every part', () => {
  test('has a session for the assistant, one for the persona, and one for each verdict', async () => {
    const { record } = await held(
      {
        answers: [
          { when: { user: 'criteria' }, answer: { text: '{"passed": true, "score": 0.9, "reasoning": "so"}' } },
          { when: { user_matches: '^You are Ada' }, answer: { text: 'I am Ada' } },
        ],
      },
      {
        arena: {
          self_play: {
            persona_specs: { ada: { system_prompt: 'You are Ada.' } },
            roles: [{ id: 'player', provider: 'agent' }],
          },
          judge_specs: { strict: { provider: 'agent' } },
        },
        scenario: {
          turns: [{ role: 'player', persona: 'ada', turns: 2 }],
          conversation_assertions: [
            { type: 'llm_judge_session', params: { criteria: 'It is fine.', judge: 'strict', min_score: 0.5 } },
          ],
        },
      },
    );
    expect(record.error).toBeUndefined();
    expect(record.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'You help.'],
      ['user', 'I am Ada'],
      ['assistant', '1 since I am Ada'],
      ['user', expect.stringMatching(/^2 since You are Ada/)],
      ['assistant', '2 since I am Ada'],
    ]);
    expect(record.assertions).toMatchObject([{ type: 'llm_judge_session', passed: true, score: 0.9 }]);
    expect(agent.stats()).toMatchObject({
      connections: { opened: 3, open: 0 },
      sessions: 3,
      turns: { asked: 5, done: 5 },
      violations: {},
    });
  });

  test('asks for consent to tools at the user’s side, and has them run', async () => {
    const call = { name: 'locate', arguments: {}, consent_message: 'May I?', categories: ['location'] };
    const tools = { locate: { mode: 'client', client: { consent: { required: true } }, mock_result: { city: 'Ulm' } } };
    const answer = { tool_calls: [call], text: '{{results}}' };
    const turn = (decision: string) => ({ role: 'user', content: decision, consent_overrides: { locate: decision } });
    const scenario = { turns: [turn('grant'), turn('deny')] };
    const { record } = await held({ default: answer }, { tools, scenario });
    const said = record.messages.filter(({ role, toolCalls }) => role === 'assistant' && toolCalls === undefined);
    expect(said.map(({ content }) => content)).toEqual([
      '{"city":"Ulm"}',
      expect.stringMatching(/^rejected: .*declined/),
    ]);
    expect(agent.stats()).toMatchObject({ toolCalls: { answered: 1, rejected: 1 }, violations: {} });
  });

  test('has no history cut by a context policy, which the agent has no use for', async () => {
    const policy = { context_policy: { token_budget: 12, strategy: 'fail' } };
    const { record } = await held({}, { scenario: { ...turns('a'.repeat(100), 'b', 'c'), ...policy } });
    expect(record).toMatchObject({ verdict: 'passed' });
  });
});
