/** What the page shows of a conversation: bounded in size, numbers already written out for people. */
import type { AssertionResult, ContentPart, ConversationRecord, Message, Verdict } from '../../core/conversation.js';
import { failedItemOf } from '../../core/failed-item.js';
import { shorten } from '../../core/shorten.js';
import { formatCost, formatCount, formatMs } from '../figures.js';
import { recordFacts } from './record-facts.js';

/** A failure that a pass_threshold allows for is shown as what it is, neither passed nor failed. */
type Shown = Verdict | 'tolerated';

/** A line of the list. */
export interface RowView {
  id: string;
  scenario: string;
  provider: string;
  verdict: Shown;
  reason?: string;
  message?: string;
  /** −1 = unknown. */
  costUsd: number;
  durationMs: number;
  figures: string;
  /** False when the conversation itself had to be left out of the page. */
  held: boolean;
}

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
  source?: string;
  params?: string;
}

export interface MessageView {
  role: Message['role'];
  /** Tool or persona. */
  name?: string;
  text: string;
  /** Characters that were left out at the end of `text`. */
  cut?: number;
  parts: { label: string; text?: string; image?: string }[];
  calls: { name: string; args: string }[];
  error?: string;
  raw?: string;
  figures: string[];
  violations: string[];
}

const MAX_TEXT = 100_000;
const MAX_RECORD = 1_000_000;
const MAX_NOTE = 4000;
const MAX_IMAGE = 350_000;
const MAX_ASSERTIONS = 500;

/** Formats that a browser decodes without running anything. */
const IMAGE_TYPE = /^image\/(png|jpeg|gif|webp)$/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** Hands out text until the budget of a conversation is spent. */
class Budget {
  private left = MAX_RECORD;

  take(text: string, max: number): { text: string; cut: number } {
    const kept = shorten(text, Math.max(1, Math.min(max, this.left)));
    this.left -= kept.length;
    return { text: kept, cut: kept === text ? 0 : text.length - kept.length + 1 };
  }
}

const prettyJson = (value: unknown): string => JSON.stringify(value, undefined, 2);

function violationText(violation: ConversationRecord['violations'][number]): string {
  const why = violation.message ? `: ${violation.message}` : '';
  return shorten(`${violation.validator} fired on ${violation.direction}${why}`, MAX_NOTE);
}

function partView(part: ContentPart, budget: Budget): MessageView['parts'][number] {
  if (part.type === 'text') return { label: 'text', text: budget.take(part.text ?? '', MAX_TEXT).text };
  const { mimeType = '', data = '' } = part;
  const size = data === '' ? [] : [`${formatCount(Math.ceil((data.length * 3) / 4 / 1024))} KiB`];
  const origin = part.filePath ?? part.url;
  const words = [part.type, mimeType, ...(origin ? [shorten(origin, 300)] : []), ...size];
  const label = words.filter((word) => word !== '').join(' · ');
  const showable = IMAGE_TYPE.test(mimeType) && data.length <= MAX_IMAGE && BASE64.test(data);
  const image = showable ? budget.take(data, MAX_IMAGE) : undefined;
  return {
    label,
    ...(part.caption ? { text: shorten(part.caption, MAX_NOTE) } : {}),
    ...(image?.cut === 0 ? { image: `data:${mimeType};base64,${image.text}` } : {}),
  };
}

function messageFigures(message: Message): string[] {
  const { latencyMs, ttftMs, usage, costUsd, finishReason, state, toolResult, cached } = message;
  const figures: string[] = cached ? ['from the cache'] : [];
  const time = latencyMs ?? toolResult?.latencyMs;
  if (time !== undefined) figures.push(formatMs(time));
  if (ttftMs !== undefined) figures.push(`first token ${formatMs(ttftMs)}`);
  if (usage) figures.push(`${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)} tokens`);
  if (usage?.cachedTokens) figures.push(`${formatCount(usage.cachedTokens)} cached`);
  if (costUsd !== undefined) figures.push(formatCost(costUsd));
  if (finishReason) figures.push(finishReason);
  if (state) figures.push(`state ${state}`);
  return figures.map((figure) => shorten(figure, 200));
}

function messageView(message: Message, budget: Budget, includeMetadata: boolean): MessageView {
  const { text, cut } = budget.take(message.content, MAX_TEXT);
  const name = message.toolResult?.name ?? message.persona;
  const calls = message.toolCalls ?? [];
  return {
    role: message.role,
    ...(name ? { name: shorten(name, 200) } : {}),
    text,
    ...(cut > 0 ? { cut } : {}),
    // A text part repeats the content when it is the only one.
    parts: (message.parts ?? []).filter((part) => part.text !== message.content).map((part) => partView(part, budget)),
    calls: calls.map((call) => ({
      name: shorten(call.name, 200),
      args: budget.take(prettyJson(call.args), MAX_TEXT).text,
    })),
    ...(message.toolResult?.error ? { error: budget.take(message.toolResult.error, MAX_NOTE).text } : {}),
    ...(includeMetadata && message.raw !== undefined
      ? { raw: budget.take(prettyJson(message.raw), MAX_TEXT).text }
      : {}),
    figures: messageFigures(message),
    violations: (message.violations ?? []).map(violationText),
  };
}

function assertionView(check: AssertionResult): AssertionView {
  return {
    outcome: check.skipped ? 'skipped' : check.passed ? 'passed' : 'failed',
    ...(check.messageIndex === undefined ? {} : { messageIndex: check.messageIndex }),
    type: shorten(check.type, 200),
    ...(check.evalId ? { name: shorten(check.evalId, 200) } : {}),
    explanation: shorten(check.error ?? check.explanation, MAX_NOTE),
    ...(check.message ? { message: shorten(check.message, MAX_NOTE) } : {}),
    ...(check.score === undefined ? {} : { score: String(Math.round(check.score * 1000) / 1000) }),
    ...(check.source ? { source: shorten(check.source, 500) } : {}),
    ...(check.params && Object.keys(check.params).length > 0
      ? { params: shorten(prettyJson(check.params), MAX_NOTE) }
      : {}),
  };
}

function shownVerdict({ verdict, tolerated }: ConversationRecord): Shown {
  return tolerated ? 'tolerated' : verdict;
}

export function rowView(record: ConversationRecord, held: boolean): RowView {
  const failed = failedItemOf(record);
  const figures = [formatMs(record.timing.durationMs)];
  if (record.costUsd !== undefined) figures.push(formatCost(record.costUsd));
  return {
    id: record.id,
    scenario: record.scenario,
    provider: record.provider,
    verdict: shownVerdict(record),
    ...(failed ? { reason: failed.reason, message: shorten(failed.message, 160) } : {}),
    costUsd: record.costUsd ?? -1,
    durationMs: record.timing.durationMs,
    figures: figures.join(' · '),
    held,
  };
}

export function conversationView(record: ConversationRecord, includeMetadata: boolean): ConversationView {
  const budget = new Budget();
  const { error } = record;
  const violations = record.violations.map(violationText);
  return {
    id: record.id,
    verdict: shownVerdict(record),
    facts: recordFacts(record, includeMetadata),
    ...(error ? { error: { code: error.code, message: error.message, hint: error.hint } } : {}),
    warnings: (record.warnings ?? []).map((text) => shorten(text, MAX_NOTE)),
    violations: violations,
    assertions: record.assertions.slice(0, MAX_ASSERTIONS).map(assertionView),
    evals: (record.evals ?? []).slice(0, MAX_ASSERTIONS).map(assertionView),
    ...(includeMetadata && record.context ? { context: budget.take(prettyJson(record.context), MAX_TEXT).text } : {}),
    messages: record.messages.map((message) => messageView(message, budget, includeMetadata)),
  };
}
