import { afterEach, describe, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { type MockAgent, startMockAgent } from '../../src/io/mock-agent/server.js';
import { ArenaUser } from '../helpers/arena-command.js';
import { waitFor } from '../helpers/wait-for.js';

const CONVERSATIONS = 500;
const TURNS = 5;
const CONNECTIONS = 200;
const ALL = CONVERSATIONS * TURNS;

/** Every message of the run is another one, so that the server knows what it was asked twice. */
function bundleAt(url: string): string {
  const names = Array.from({ length: CONVERSATIONS }, (_, index) => `c${index}`);
  const turnsOf = (name: string) =>
    Array.from({ length: TURNS }, (_, turn) => ({ role: 'user', content: `${name} turn ${turn + 1}` }));
  const scenarios = names.map((name) => [name, { task_type: 'main', turns: turnsOf(name) }]);
  const spec = {
    prompt_specs: { main: { task_type: 'main', system_template: 'Help.' } },
    provider_specs: { agent: { type: 'agent', url, additional_config: { max_connections: CONNECTIONS } } },
    scenario_specs: Object.fromEntries(scenarios),
  };
  return stringify({ kind: 'Arena', metadata: { name: 'load' }, spec });
}

/** Each answer names the first message of its session: whose it is, and that the session knows it. */
function expectOwnAnswers(records: readonly ConversationRecord[]): void {
  expect(records).toHaveLength(CONVERSATIONS);
  for (const { scenario, verdict, messages, usage, costUsd, timing } of records) {
    expect({ scenario, verdict, usage, costUsd }).toEqual({
      scenario,
      verdict: 'passed',
      usage: {},
      costUsd: undefined,
    });
    const said = messages.filter(({ role }) => role === 'assistant');
    const own = Array.from({ length: TURNS }, (_, turn) => `${scenario} turn 1 > ${scenario} turn ${turn + 1}`);
    expect(said.map(({ content }) => content)).toEqual(own);
    for (const { latencyMs = 0, ttftMs = 0 } of said) {
      expect(ttftMs).toBeGreaterThan(0);
      expect(latencyMs).toBeGreaterThanOrEqual(ttftMs);
    }
    expect(timing.callMs).toBeGreaterThan(0);
  }
}

describe(`${CONVERSATIONS} conversations of ${TURNS} turns over ${CONNECTIONS} connections, 2 % of the turns cut`, () => {
  const user = new ArenaUser();
  let agent: MockAgent;
  afterEach(async () => {
    await user.remove();
    await agent.close();
  });

  const begin = async (name: string) => {
    const text = '{{first}} > {{content}}';
    agent = await startMockAgent({
      latencyMs: { min: 20, max: 80 },
      cutRate: 0.02,
      script: { default: { text, chunks: 4, chunk_delay_ms: 5 } },
    });
    user.write({ 'config.arena.yaml': bundleAt(agent.url) });
    const options = ['--concurrency', String(CONNECTIONS), '--workers', '1', '--max-retries', '3', '--name', name];
    return user.start(['run', '.', '-o', 'out', ...options]);
  };

  test('all complete, and no turn is asked again whose answer had arrived', async () => {
    const { code, stderr } = await (await begin('calm')).ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expectOwnAnswers(user.results());
    const { turns, connections, closes, sessions, violations, refusals } = agent.stats();
    expect(turns).toMatchObject({ done: ALL, asked: ALL + turns.lost, repeated: turns.lost, repeatedAfterDone: 0 });
    expect(turns.lost).toBeGreaterThan(10);
    expect(connections.peak).toBeLessThanOrEqual(CONNECTIONS);
    expect(connections.opened).toBe(CONVERSATIONS + turns.lost);
    expect(closes).toEqual({ 1000: CONVERSATIONS, 1006: turns.lost });
    expect({ sessions, violations, rate: refusals.rate }).toEqual({ sessions: CONVERSATIONS, violations: {}, rate: 0 });
  }, 180_000);

  test('the same when the worker is killed in the middle: the others go on in their sessions', async () => {
    const running = await begin('hurt');
    await waitFor('a third of the turns', () => (agent.stats().turns.done > ALL / 3 ? true : undefined), 60_000);
    const { workers } = JSON.parse(user.read('data/local/hurt/1/host.json')) as { workers: number[] };
    const before = agent.stats();
    for (const pid of workers) process.kill(pid, 'SIGKILL');
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expectOwnAnswers(user.results());
    const { turns, connections, sessions, violations } = agent.stats();
    expect(before.turns.done).toBeLessThan(ALL);
    expect(turns.repeated).toBe(turns.asked - ALL);
    // Of each conversation that was open at most the turn in the air: what was on record is not asked again.
    expect(turns.repeatedAfterDone).toBeLessThanOrEqual(before.connections.open);
    expect(turns.repeated - turns.lost).toBeLessThanOrEqual(before.connections.open);
    expect(connections.peak).toBeLessThanOrEqual(CONNECTIONS);
    // Only conversations whose first answer was not on record begin another session.
    expect(sessions - CONVERSATIONS).toBeLessThanOrEqual(before.connections.open);
    expect(violations).toEqual({});
  }, 180_000);
});
