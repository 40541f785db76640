import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadBundleFromDisk } from '../../src/bundle/load-bundle.js';
import type { AssertionResult, ConversationRecord, JsonValue, Message } from '../../src/core/conversation.js';
import { directPorts } from '../../src/engine/direct-ports.js';
import { holdConversation } from '../../src/engine/hold-conversation.js';
import { prepare } from '../../src/engine/prepare.js';
import { createProviders } from '../../src/io/providers/create.js';
import { CORPUS, corpusBundles } from '../helpers/corpus.js';
import { surroundings } from '../helpers/engine-bundle.js';

interface GoldenTurn {
  role: string;
  content: string;
  toolCalls?: { id: string; name: string; args: { [key: string]: JsonValue } }[];
  toolResult?: { id: string; name: string; text: string };
}

interface GoldenRun {
  scenario: string;
  provider: string;
  turns?: GoldenTurn[];
  turnsOmitted?: boolean;
  assertions?: {
    level: AssertionResult['level'];
    type: string;
    messageIndex?: number;
    passed: boolean;
    score?: number;
  }[];
  passed: boolean;
}

interface Golden {
  command: string;
  runs: GoldenRun[];
  referenceDefects?: { where: string; kind: string }[];
}

/** Bundles that need nothing but what the engine does by itself. */
const WITHIN_REACH = new Set([
  'azure-foundry-test',
  'capability-matrix',
  'client-tools',
  'context-management',
  'customer-support',
  'guardrails-test',
  'load-testing',
  'multimodal-basics',
  'multimodal-tool-results',
  'ollama-local',
  'resilience-testing',
  'text-negotiation',
  'variables-demo',
  'voice-latency-budget',
  'workflow-agent-loops',
  'workflow-skills',
  'workflow-support',
]);

/** Scenarios that the golden itself marks as not comparable, or that need a feature of their own. */
const LEFT_OUT: { [bundle: string]: (run: GoldenRun) => boolean } = {
  // The golden has no network: whatever names a public address failed there.
  'capability-matrix': (run) => /vision|audio|video/.test(run.scenario),
  // The golden marks it: the reference loses messages there.
  'context-management': (run) => run.scenario === 'context-limited-fail',
};

function goldenOf(name: string): Golden {
  return JSON.parse(readFileSync(join(CORPUS, name, 'golden.json'), 'utf8'));
}

async function hold(name: string, golden: Golden, runs: readonly GoldenRun[]): Promise<ConversationRecord[]> {
  const mockConfig = /--mock-config (\S+)/.exec(golden.command)?.[1];
  const { bundle, faults } = loadBundleFromDisk(join(CORPUS, name), { extraMockConfig: mockConfig });
  if (bundle === undefined) throw new Error(JSON.stringify(faults));
  const prepared = prepare(bundle, { variables: {} }, surroundings());
  const standIn = golden.command.includes('--mock-provider');
  const providers = createProviders(bundle, { mockProvider: standIn, mockConfig, env: {} });
  const records: ConversationRecord[] = [];
  for (const [index, { scenario, provider }] of runs.entries()) {
    const item = { index, id: `${scenario}/${provider}`, scenario, provider, region: 'default', trial: 1 };
    const { signal } = new AbortController();
    records.push(await holdConversation(prepared, item, directPorts(providers, signal)));
  }
  return records;
}

const round = (score: number | undefined): number | undefined =>
  score === undefined ? undefined : Math.round(score * 1e4) / 1e4;

const messageOf = ({ role, content, toolCalls }: Message) => ({ role, content, toolCalls });

function goldenMessage({ role, content, toolCalls, toolResult }: GoldenTurn) {
  return { role, content: toolResult?.text ?? content, toolCalls };
}

describe('conversations of real bundles come out as the reference measured them', () => {
  const bundles = corpusBundles().filter((name) => WITHIN_REACH.has(name));
  test('every bundle named here is one of the corpus', () => {
    expect(bundles.length === 0 || bundles.length === WITHIN_REACH.size).toBe(true);
  });
  for (const name of bundles) {
    test(`${name}`, async () => {
      const golden = goldenOf(name);
      const runs = golden.runs.filter((run) => !(LEFT_OUT[name]?.(run) ?? false));
      const records = await hold(name, golden, runs);
      for (const [index, run] of runs.entries()) {
        const record = records[index];
        const id = `${run.scenario}/${run.provider}`;
        expect({ id, passed: record?.verdict === 'passed', error: record?.error }).toEqual({ id, passed: run.passed });
        if (run.turns !== undefined && run.turnsOmitted !== true) {
          expect({ id, messages: record?.messages.map(messageOf) }).toEqual({
            id,
            messages: run.turns.map(goldenMessage),
          });
        }
        const assertions = record?.assertions.map(({ level, type, passed, score }) => ({
          level,
          type,
          passed,
          score: round(score),
        }));
        const expected = (run.assertions ?? []).map(({ level, type, passed, score }) => ({
          level,
          type,
          passed,
          score: round(score),
        }));
        const withoutScores = run.turnsOmitted === true;
        const shape = (list: typeof assertions) =>
          list?.map((one) => (withoutScores ? { type: one.type, passed: one.passed } : one));
        expect({ id, assertions: shape(assertions) }).toEqual({ id, assertions: shape(expected) });
      }
    });
  }
});
