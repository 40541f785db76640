import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Lease } from '../../activities/shard/lease.js';
import { ProcessGate } from '../../activities/shard/process-gate.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import { ShardRun } from '../../activities/shard/shard-run.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { holdConversation } from '../../src/engine/conversation.js';
import { prepare } from '../../src/engine/prepare.js';
import type { MockAgentScript } from '../../src/io/mock-agent/script.js';
import { type MockAgent, startMockAgent } from '../../src/io/mock-agent/server.js';
import { createProviders } from '../../src/io/providers/create.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';
import { engineBundle, surroundings } from '../helpers/engine-bundle.js';

/** A judge of the other kind, whose cost is known. */
const JUDGE = { type: 'mock', model: 'j', pricing: { input_cost_per_1k: 1, output_cost_per_1k: 1 } };

describe('a conversation that its agent forgets', () => {
  let root: string;
  let agent: MockAgent;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'arena-sessions-'));
  });
  afterEach(async () => {
    await agent.close();
    await rm(root, { recursive: true, force: true });
  });

  /** Holds one conversation of three turns as a shard does; gives its record and the lines that it left. */
  async function held(script: MockAgentScript): Promise<{ record: ConversationRecord; tags: string }> {
    agent = await startMockAgent({ script: { ...script, default: { text: '{{turn}} since {{first}}' } } });
    const bundle = engineBundle({
      scenario: { turns: ['one', 'two', 'three'].map((content) => ({ role: 'user', content })) },
      providers: { agent: { type: 'agent', url: agent.url }, judge: JUDGE },
    });
    const prepared = prepare(bundle, { variables: {} }, surroundings());
    const shard = new ShardRun({
      run: 'r',
      shard: 0,
      worker: 'test',
      work: [{ index: 0, attempt: 1 }],
      itemAt: (index) => ({
        index,
        id: 'talk/agent',
        scenario: 'talk',
        provider: 'agent',
        region: 'default',
        trial: 1,
      }),
      hold: (item, ports) => holdConversation(prepared, item, ports),
      providers: createProviders(bundle, { env: {} }),
      journal: {
        segments: [],
        finished: new Map(),
        deferred: new Map(),
        waiting: new Map(),
        held: new Map(),
        calls: new Map(),
        crashes: new Map(),
      },
      inherited: new Map(),
      isThere: () => true,
      segments: new DirectoryStore(root).openSegments('attempt'),
      pool: new RunPool(),
      gate: new ProcessGate(),
      callGates: [],
      lease: new Lease({
        beat: async () => 'acknowledged',
        timeoutMs: 60_000,
        intervalMs: 60_000,
        onCancelRequested() {},
        onLost() {},
      }),
      itemTimeoutMs: 60_000,
      maxRetries: 0,
    });
    await shard.run(1);
    const lines = (await readFile(join(root, 'attempt/000001'), 'utf8')).trimEnd().split('\n');
    const last = lines.find((line) => line.startsWith('I')) ?? '';
    return {
      record: JSON.parse(last.slice(last.indexOf('{'))) as ConversationRecord,
      tags: lines.map(([tag]) => tag).join(''),
    };
  }

  const forgets = (times?: number) => ({
    answers: [{ when: { user: 'two' }, times, answer: { error: { code: 'SESSION_EXPIRED' } } }],
  });

  test('is held again from its start, and marked', async () => {
    const { record, tags } = await held(forgets(1));
    expect(record).toMatchObject({ verdict: 'passed', restarted: true, usage: {} });
    expect(record.costUsd).toBeUndefined();
    const said = record.messages.filter(({ role }) => role === 'assistant').map(({ content }) => content);
    expect(said).toEqual(['1 since one', '2 since one', '3 since one']);
    // The answer of before does not count for whoever reads the records.
    expect(tags).toBe('SCRCCCI');
    expect(agent.stats()).toMatchObject({ connections: { opened: 2, open: 0 }, sessions: 2, violations: {} });
  });

  test('again and again is given up in the end, with what to do', async () => {
    const { record, tags } = await held(forgets());
    expect(record).toMatchObject({
      verdict: 'errored',
      restarted: true,
      error: { code: 'session_lost', hint: expect.stringContaining('sessions') },
    });
    expect(record.messages.map(({ content }) => content)).toContain('1 since one');
    expect(tags).toBe('SCRCRCI');
    expect(agent.stats().turns.asked).toBe(6);
  });
});
