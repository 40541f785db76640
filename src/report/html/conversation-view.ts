/** What the page shows of a conversation: bounded in size, numbers already written out for people. */
import type { AssertionResult, ConversationRecord, WorkflowRecord } from '../../core/conversation.js';
import { shorten } from '../../core/shorten.js';
import { type MessageView, messageView, prettyJson, violationText } from './message-view.js';
import { recordFacts } from './record-facts.js';
import { type Shown, shownVerdict } from './row-view.js';
import { MAX_NOTE, MAX_TEXT, TextBudget } from './text-budget.js';

export interface ConversationView {
  id: string;
  verdict: Shown;
  facts: [label: string, value: string][];
  error?: { code: string; message: string; hint?: string };
  warnings: string[];
  violations: string[];
  assertions: AssertionView[];
  /** Evals of prompt and bundle: they decide nothing. */
  evals: AssertionView[];
  /** What the scenario says for people, as JSON. */
  context?: string;
  /** The way through the workflow, a line a step, and what it left. */
  workflow?: { way: string[]; complete: boolean; artifacts: [name: string, value: string][] };
  messages: MessageView[];
}

export interface AssertionView {
  outcome: 'passed' | 'failed' | 'skipped';
  messageIndex?: number;
  type: string;
  /** Id of an eval. */
  name?: string;
  explanation: string;
  message?: string;
  score?: string;
  /** Share of the trials in which it must pass, in words. */
  threshold?: string;
  source?: string;
  params?: string;
  /** What was measured, as JSON. */
  value?: string;
}

const MAX_ASSERTIONS = 500;
const MAX_STATES = 500;
const MAX_ARTIFACTS = 100;

export function conversationView(record: ConversationRecord, includeMetadata: boolean): ConversationView {
  const budget = new TextBudget();
  const { error, workflow } = record;
  return {
    id: record.id,
    verdict: shownVerdict(record),
    facts: recordFacts(record, includeMetadata),
    ...(error ? { error: { code: error.code, message: error.message, hint: error.hint } } : {}),
    warnings: (record.warnings ?? []).map((text) => shorten(text, MAX_NOTE)),
    violations: record.violations.map(violationText),
    assertions: record.assertions.slice(0, MAX_ASSERTIONS).map(assertionView),
    evals: (record.evals ?? []).slice(0, MAX_ASSERTIONS).map(assertionView),
    ...(includeMetadata && record.context ? { context: budget.take(prettyJson(record.context), MAX_TEXT).text } : {}),
    messages: record.messages.map((message) => messageView(message, budget, includeMetadata)),
    ...(workflow ? { workflow: workflowView(workflow, budget) } : {}),
  };
}

function assertionView(check: AssertionResult): AssertionView {
  const { score, passThreshold, params, value } = check;
  return {
    outcome: check.skipped ? 'skipped' : check.passed ? 'passed' : 'failed',
    ...(check.messageIndex === undefined ? {} : { messageIndex: check.messageIndex }),
    type: shorten(check.type, 200),
    ...(check.evalId ? { name: shorten(check.evalId, 200) } : {}),
    explanation: shorten(check.error ?? check.explanation, MAX_NOTE),
    ...(check.message ? { message: shorten(check.message, MAX_NOTE) } : {}),
    ...(score === undefined ? {} : { score: String(Math.round(score * 1000) / 1000) }),
    ...(passThreshold === undefined ? {} : { threshold: `in at least ${Math.round(passThreshold * 1000) / 10} %` }),
    ...(check.source ? { source: shorten(check.source, 500) } : {}),
    ...(params && Object.keys(params).length > 0 ? { params: shorten(prettyJson(params), MAX_NOTE) } : {}),
    ...(value === undefined ? {} : { value: shorten(prettyJson(value), MAX_NOTE) }),
  };
}

function workflowView(
  { entered, transitions, artifacts, complete }: WorkflowRecord,
  budget: TextBudget,
): ConversationView['workflow'] {
  const [first] = entered;
  const way = first === undefined ? [] : [`starts in ${first}`];
  for (const { from, to, event, redirected } of transitions.slice(0, MAX_STATES)) {
    way.push(`${from} → ${to} on ${event}${redirected ? ', redirected' : ''}`);
  }
  return {
    way: way.map((line) => budget.take(line, MAX_NOTE).text),
    complete,
    artifacts: Object.entries(artifacts)
      .slice(0, MAX_ARTIFACTS)
      .map(([name, value]) => [shorten(name, 200), budget.take(value, MAX_TEXT).text]),
  };
}
