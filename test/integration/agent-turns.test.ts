import { afterEach, describe, expect, test } from '@jest/globals';
import type { MockAgentOptions } from '../../src/io/mock-agent/options.js';
import { type MockAgent, startMockAgent } from '../../src/io/mock-agent/server.js';
import { agentAt, Talk } from '../helpers/agent-calls.js';
import { waitFor } from '../helpers/wait-for.js';

describe('turns with an agent', () => {
  let agent: MockAgent;
  const talks: Talk[] = [];
  const start = async (options: MockAgentOptions = {}) => {
    agent = await startMockAgent(options);
  };
  const talk = (more: object = {}, given?: ConstructorParameters<typeof Talk>[1]) => {
    const one = new Talk(agentAt(agent.url, more), given);
    talks.push(one);
    return one;
  };
  afterEach(async () => {
    for (const one of talks.splice(0)) one.end();
    await agent.close();
  });

  test('go over one connection and in one session, which is closed in good order', async () => {
    await start({ script: { default: { text: '{{turn}}: {{content}}, since {{first}}' } } });
    const one = talk();
    const answers = [await one.say('a'), await one.say('b'), await one.say('c')];
    expect(answers.map(({ content }) => content)).toEqual(['1: a, since a', '2: b, since a', '3: c, since a']);
    expect(new Set(answers.map(({ session }) => session)).size).toBe(1);
    one.end();
    await waitFor('the end of the connection', () => (agent.stats().connections.open === 0 ? true : undefined));
    expect(agent.stats()).toMatchObject({
      connections: { opened: 1 },
      closes: { 1000: 1 },
      sessions: 1,
      turns: { asked: 3, done: 3, repeated: 0 },
      violations: {},
    });
  });

  test('are waited for while the slot of the turn before is still taken, which is no latency', async () => {
    await start({ slotLagMs: 60 });
    const one = talk();
    await one.say('a');
    const second = await one.say('b');
    expect(second.content).toBe('Echo: b');
    expect(second.waitMs).toBeGreaterThanOrEqual(25);
    expect(second.latencyMs).toBeLessThan(25);
    const { refusals, violations, turns } = agent.stats();
    expect(refusals.slot).toBeGreaterThanOrEqual(1);
    expect({ violations, asked: turns.asked }).toEqual({ violations: {}, asked: 2 });
  });

  test('have unknown use and cost, never none', async () => {
    await start();
    const answer = await talk().say('a');
    expect(answer).not.toHaveProperty('usage');
    expect(answer).not.toHaveProperty('costUsd');
  });
});
