/** What is written down about a conversation that has ended. */
import type { AssertionResult, ConversationRecord, Violation } from '../core/conversation.js';
import type { Failure } from '../core/errors.js';
import type { PlanItem } from '../core/plan.js';
import type { Judging } from './judging.js';
import type { PreparedBundle, PreparedScenario } from './prepare.js';
import { Spending } from './spending.js';
import type { Stage } from './stage.js';
import { redacted } from './tools/redaction.js';
import type { Transcript } from './transcript.js';

/** How a conversation stands when nothing more is said. */
export interface ConversationEnd {
  /** Milliseconds since the epoch. */
  startedAt: number;
  transcript: Transcript;
  /** Calls of models, those of judges included. */
  calls: number;
  /** Milliseconds of waiting for permits, rate limits and tries in place. */
  waitMs: number;
  /** What is reported and decides nothing. */
  evals: AssertionResult[];
  /** What whoever reads the record ought to know. */
  warnings: string[];
  /** Why it ended early. */
  failure?: Failure;
  /** Absent when the scenario could not be prepared. */
  scenario?: PreparedScenario;
  judging?: Judging;
  stage?: Stage;
}

export function recordOf(
  prepared: PreparedBundle,
  item: PlanItem,
  end: ConversationEnd,
  endedAt: number,
): ConversationRecord {
  const { transcript, scenario, failure, judging } = end;
  const results = judging?.results ?? [];
  const violations: Violation[] = [];
  for (const message of transcript.messages)
    if (message.violations !== undefined) violations.push(...message.violations);
  const total = spentInAll(end);
  const record: ConversationRecord = {
    schemaVersion: 1,
    id: item.id,
    index: item.index,
    scenario: item.scenario,
    provider: item.provider,
    heldBy: prepared.bundle.providers.get(item.provider)?.heldBy,
    region: item.region === 'default' ? undefined : item.region,
    trial: item.trial,
    perturbation: scenario === undefined || isEmpty(scenario.variant) ? undefined : scenario.variant,
    promptTask: prepared.bundle.scenarios.get(item.scenario)?.spec.task_type,
    ...scenario?.notes,
    agents: agentsOf(prepared),
    verdict: verdictOf(failure, results, violations.length),
    error: failure,
    messages: transcript.messages,
    assertions: results,
    violations,
    evals: end.evals.length === 0 ? undefined : end.evals,
    toolStats: toolStats(transcript),
    workflow: end.stage?.trace.workflow,
    usage: total.usage,
    costUsd: total.costUsd,
    judging: judging?.spent,
    timing: {
      startedAt: end.startedAt,
      durationMs: Math.max(0, endedAt - end.startedAt),
      callMs: transcript.spending.callMs,
      waitMs: end.waitMs,
    },
    calls: end.calls,
    cached: total.cached,
    attempt: 1,
    warnings: end.warnings.length === 0 ? undefined : end.warnings,
  };
  if (transcript.calls.length === 0) return record;
  return redacted(record, (tool) => prepared.bundle.tools.get(tool)?.spec.http?.redact);
}

function agentsOf({ bundle }: PreparedBundle): ConversationRecord['agents'] {
  return bundle.arena.spec.a2a_agents?.map(({ name, card }) => card?.name ?? name);
}

/** The conversation's own calls and those of its judges. */
function spentInAll({ transcript, judging }: ConversationEnd): Spending {
  if (judging === undefined || judging.spending.isEmpty) return transcript.spending;
  const total = new Spending();
  for (const part of [transcript.spending, judging.spending]) total.addAll(part);
  return total;
}

function toolStats({ calls }: Transcript): ConversationRecord['toolStats'] {
  if (calls.length === 0) return undefined;
  const byTool = new Map<string, number>();
  for (const { name } of calls) byTool.set(name, (byTool.get(name) ?? 0) + 1);
  return { total: calls.length, byTool: Object.fromEntries(byTool) };
}

const isEmpty = (map: object): boolean => Object.keys(map).length === 0;

/** A guardrail that fired counts against a conversation only when nothing was asserted about it. */
export function verdictOf(
  failure: Failure | undefined,
  results: readonly AssertionResult[],
  violations: number,
): ConversationRecord['verdict'] {
  if (failure !== undefined) return 'errored';
  if (results.length === 0) return violations > 0 ? 'failed' : 'passed';
  return results.every((result) => result.passed) ? 'passed' : 'failed';
}
