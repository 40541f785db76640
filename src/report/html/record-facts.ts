/** Figures and notes about a conversation, at the head of it. */
import type { ConversationRecord, JsonValue } from '../../core/conversation.js';
import { shorten } from '../../core/shorten.js';
import { formatCached, formatCost, formatCount, formatMs, formatTime } from '../figures.js';

type Fact = [label: string, value: string];

export function recordFacts(record: ConversationRecord, includeMetadata: boolean): Fact[] {
  const { usage, timing, judging } = record;
  const all: Fact[] = [
    ['Duration', formatMs(timing.durationMs)],
    ['In calls', formatMs(timing.callMs)],
    ['Waiting', formatMs(timing.waitMs)],
    ['Calls', formatCount(record.calls)],
    ['Tokens', `${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)}`],
    ['Cost', formatCost(record.costUsd)],
  ];
  const cached = formatCached(record.cached);
  if (cached !== undefined) all.push(['Cache', cached]);
  if (judging) all.push(['Judging', `${formatCount(judging.calls)} calls, ${formatCost(judging.costUsd)}`]);
  if (record.toolStats) all.push(['Tool calls', formatCount(record.toolStats.total)]);
  if (record.tolerated) all.push(['Verdict', 'failed, within the pass_threshold of its trials']);
  if (record.recording) {
    const { file, name } = record.recording;
    all.push(['Recording', name ? `${file}, ${name}` : file]);
  }
  if (record.agents?.length) all.push(['Agents', record.agents.join(', ')]);
  if (record.heldBy) all.push(['Held by', record.heldBy]);
  all.push(...entries(record.perturbation));
  if (includeMetadata) all.push(...metadata(record));
  return all.map(([label, value]) => [shorten(label, 100), shorten(value, 300)]);
}

function metadata(record: ConversationRecord): Fact[] {
  const all: Fact[] = [
    ['Started', formatTime(record.timing.startedAt)],
    ['Attempt', String(record.attempt)],
  ];
  if (record.description) all.push(['Scenario', record.description]);
  if (record.mode) all.push(['Mode', record.mode]);
  if (record.promptTask) all.push(['Prompt', record.promptTask]);
  if (record.region) all.push(['Region', record.region]);
  if (record.reused) all.push(['Result', 'taken over from an earlier run']);
  if (record.restarted) all.push(['Restarted', 'held again from its start']);
  if (record.tags?.length) all.push(['Tags', record.tags.join(', ')]);
  return [...all, ...entries(record.labels), ...entries(record.annotations)];
}

function entries(map: { [key: string]: JsonValue } | undefined): Fact[] {
  return Object.entries(map ?? {}).map(([key, value]) => [
    key,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}
