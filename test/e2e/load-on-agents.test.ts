import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import type { DataRecord } from '../../src/core/datagen/data-record.js';
import { type MockAgent, startMockAgent } from '../../src/io/mock-agent/server.js';
import { ArenaUser } from '../helpers/arena-command.js';

const CONNECTIONS = 40;
const TURNS = ['Where is my order?', 'When will it come?'];

let agent: MockAgent;
let user: ArenaUser;

beforeEach(async () => {
  user = new ArenaUser();
  agent = await startMockAgent({
    latencyMs: { min: 20, max: 60 },
    script: { default: { text: '{{first}} > {{content}}', chunks: 3, chunk_delay_ms: 5 } },
  });
  const spec = {
    prompt_specs: { main: { task_type: 'main', system_template: 'Help.' } },
    provider_specs: { agent: { type: 'agent', url: agent.url, additional_config: { max_connections: CONNECTIONS } } },
    scenario_specs: { talk: { task_type: 'main', turns: TURNS.map((content) => ({ role: 'user', content })) } },
  };
  user.write({ 'config.arena.yaml': stringify({ kind: 'Arena', metadata: { name: 'agents' }, spec }) });
});

afterEach(async () => {
  await user.remove();
  await agent.close();
});

test('an agent under load is measured like a model, each conversation a session of its own, at a cost nobody knows', async () => {
  const args = [
    'run',
    '.',
    '-o',
    'out',
    '--rps',
    '60',
    '--ramp-up',
    '0s',
    '--duration',
    '10s',
    '--arrivals',
    'poisson',
  ];
  const rules = ['--threshold', 'error_rate<1%', '--threshold', 'ttft_p95<2s'];
  const { code, stderr } = await user.arena([...args, ...rules]);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { load } = user.summary();
  if (load === undefined) throw new Error(`nothing was measured: ${stderr}`);
  const { requests, conversations, lanes } = load;
  const { turns, sessions, violations, connections } = agent.stats();
  expect(requests.sent).toBe(turns.done);
  expect(requests).toMatchObject({ failed: 0, unknown: 0 });
  // 60 a second for 10 s, drawn by chance: within five times the root of what is expected.
  expect(Math.abs(requests.sent - 600)).toBeLessThan(5 * Math.sqrt(600));
  expect({ ...conversations, turns: turns.done }).toMatchObject({ passed: sessions, turns: sessions * TURNS.length });
  expect({ lanes, violations }).toEqual({ lanes: 1, violations: {} });
  expect(connections.peak).toBeLessThanOrEqual(CONNECTIONS);
  const { latency, ttft } = load.all;
  expect(latency.p50Ms).toBeGreaterThan(20);
  expect(ttft?.p50Ms).toBeLessThan(latency.p50Ms ?? 0);
  expect(user.summary().costUsd).toBeUndefined();
}, 120_000);

test('a threshold or a budget of money is refused for an agent, whose cost nobody knows', async () => {
  const args = ['run', '.', '--rps', '5', '--duration', '5s', '--threshold', 'total_cost<1', '--budget', '2'];
  const { code, stderr } = await user.arena(args);
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--threshold: .*agent[\s\S]*--budget: /),
  });
  expect(agent.stats().connections.opened).toBe(0);
}, 60_000);

test('records are made of what an agent says', async () => {
  const { code, stderr } = await user.arena(['generate', '.', '--count', '60', '-j', '20', '-o', 'data-set']);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const { dataset } = user.summary('data-set');
  expect(dataset).toMatchObject({ records: 60 });
  const [part] = dataset?.parts ?? [];
  const records = user
    .read(`data-set/${part?.path}`)
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as DataRecord);
  expect(records).toHaveLength(60);
  for (const { messages } of records) {
    const said = messages?.filter(({ role }) => role === 'assistant').map(({ content }) => content);
    expect(said).toEqual(TURNS.map((content) => `${TURNS[0]} > ${content}`));
  }
  expect(agent.stats().sessions).toBe(60);
}, 120_000);
