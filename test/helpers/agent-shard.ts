import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Lease } from '../../activities/shard/lease.js';
import { ProcessGate } from '../../activities/shard/process-gate.js';
import { RunPool } from '../../activities/shard/run-pool.js';
import { ShardRun } from '../../activities/shard/shard-run.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import { holdConversation } from '../../src/engine/hold-conversation.js';
import { prepare } from '../../src/engine/prepare.js';
import { createProviders } from '../../src/io/providers/create.js';
import { DirectoryStore } from '../../src/io/stores/directory-store.js';
import { surroundings } from './engine-bundle.js';

/** Holds the one conversation of a bundle with its provider `agent`, as a shard does. */
export async function heldByShard(bundle: Bundle): Promise<{ record: ConversationRecord; tags: string }> {
  const root = await mkdtemp(join(tmpdir(), 'arena-agent-shard-'));
  const segments = new DirectoryStore(root).openSegments('attempt');
  const prepared = prepare(bundle, { variables: {} }, surroundings());
  const shard = new ShardRun({
    run: 'r',
    shard: 0,
    worker: 'test',
    work: [{ index: 0, attempt: 1 }],
    itemAt: (index) => ({ index, id: 'talk/agent', scenario: 'talk', provider: 'agent', region: 'default', trial: 1 }),
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
    segments,
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
  await shard.run(2);
  await segments.close();
  const lines = (await readFile(join(root, 'attempt/000001'), 'utf8')).trimEnd().split('\n');
  await rm(root, { recursive: true });
  const last = lines.find((line) => line.startsWith('I')) ?? '';
  return {
    record: JSON.parse(last.slice(last.indexOf('{'))) as ConversationRecord,
    /** What was written down, by the tags of the lines. */
    tags: lines.map(([tag]) => tag).join(''),
  };
}
