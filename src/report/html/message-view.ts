import type { CompositionRecord, Message, StepRecord, Violation } from '../../core/conversation.js';
import { shorten } from '../../core/shorten.js';
import { formatCost, formatCount, formatMs, formatTime } from '../figures.js';
import { type PartView, partView } from './media-part.js';
import { MAX_NOTE, MAX_TEXT, type TextBudget } from './text-budget.js';

export interface MessageView {
  role: Message['role'];
  /** Tool or persona. */
  name?: string;
  text: string;
  /** Characters that were left out at the end of `text`. */
  cut?: number;
  parts: PartView[];
  calls: { name: string; args: string }[];
  error?: string;
  raw?: string;
  figures: string[];
  violations: string[];
  /** Steps of the composition that gave the answer. */
  steps?: { name: string; note: string; output?: string }[];
}

const MAX_STEPS = 200;

export const prettyJson = (value: unknown): string => JSON.stringify(value, undefined, 2);

export function violationText(violation: Violation): string {
  const why = violation.message ? `: ${violation.message}` : '';
  return shorten(`${violation.validator} fired on ${violation.direction}${why}`, MAX_NOTE);
}

export function messageView(message: Message, budget: TextBudget, includeMetadata: boolean): MessageView {
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
    ...(message.composition ? { steps: stepViews(message.composition, budget) } : {}),
  };
}

function messageFigures(message: Message): string[] {
  const { at, latencyMs, ttftMs, usage, costUsd, finishReason, state, exit, toolResult, cached } = message;
  const figures: string[] = cached ? ['from the cache'] : [];
  if (at !== undefined) figures.push(formatTime(at));
  const time = latencyMs ?? toolResult?.latencyMs;
  if (time !== undefined) figures.push(formatMs(time));
  if (ttftMs !== undefined) figures.push(`first token ${formatMs(ttftMs)}`);
  if (usage) figures.push(`${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)} tokens`);
  if (usage?.cachedTokens) figures.push(`${formatCount(usage.cachedTokens)} cached`);
  if (costUsd !== undefined) figures.push(formatCost(costUsd));
  if (finishReason) figures.push(finishReason);
  if (state) figures.push(`state ${state}`);
  if (exit) figures.push(`left by ${exit}`);
  return figures.map((figure) => shorten(figure, 200));
}

function stepViews({ steps }: CompositionRecord, budget: TextBudget): MessageView['steps'] {
  return steps.slice(0, MAX_STEPS).map((step) => ({
    name: shorten(step.id, 200),
    note: shorten(stepNote(step), 500),
    ...(step.output === undefined ? {} : { output: budget.take(step.output, MAX_TEXT).text }),
  }));
}

function stepNote({ kind, ran, held, taken, branches }: StepRecord): string {
  const words: string[] = [kind];
  if (!ran) words.push('did not run');
  if (held !== undefined) words.push(held ? 'holds' : 'does not hold');
  if (taken) words.push(`leads to ${taken}`);
  if (branches && branches.length > 0) words.push(`of ${branches.join(', ')}`);
  return words.join(' · ');
}
