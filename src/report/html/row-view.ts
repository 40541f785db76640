import type { ConversationRecord, Verdict } from '../../core/conversation.js';
import { shorten } from '../../core/shorten.js';
import { formatCost, formatMs } from '../figures.js';
import { failureReasons } from './failure-reasons.js';

/** A failure that a pass_threshold allows for is shown as what it is, neither passed nor failed. */
export type Shown = Verdict | 'tolerated';

/** A line of the list, and what filters and orders ask of it. */
export interface RowView {
  id: string;
  /** Position in the plan. */
  index: number;
  scenario: string;
  provider: string;
  verdict: Shown;
  /** Checks that failed, or the code of the error. The first is the one that `message` is about. */
  reasons?: string[];
  message?: string;
  /** `kind:value`, kind being persona, tool, guardrail, perturbation, region and, as metadata, tag, label and mode. */
  marks?: string[];
  /** −1 = unknown. */
  costUsd: number;
  durationMs: number;
  inputTokens?: number;
  outputTokens?: number;
  figures: string;
  /** False when the conversation itself stands elsewhere. */
  held: boolean;
  /** File name of the part that holds it. */
  part?: string;
}

const MAX_MARKS = 60;
const MAX_MARK = 120;
const MAX_MESSAGE = 200;

export function shownVerdict({ verdict, tolerated }: ConversationRecord): Shown {
  return tolerated ? 'tolerated' : verdict;
}

/** `part` names the file that the conversation stands in where that is not the one of the list. */
export function rowView(record: ConversationRecord, includeMetadata: boolean, part?: string): RowView {
  const reasons = failureReasons(record);
  const [first] = reasons;
  const marks = marksOf(record, includeMetadata);
  const figures = [formatMs(record.timing.durationMs)];
  if (record.costUsd !== undefined) figures.push(formatCost(record.costUsd));
  return {
    id: record.id,
    index: record.index,
    scenario: record.scenario,
    provider: record.provider,
    verdict: shownVerdict(record),
    ...(first
      ? { reasons: reasons.map((one) => shorten(one.reason, 200)), message: shorten(first.message, MAX_MESSAGE) }
      : {}),
    ...(marks.length > 0 ? { marks } : {}),
    costUsd: record.costUsd ?? -1,
    durationMs: record.timing.durationMs,
    inputTokens: record.usage.inputTokens,
    outputTokens: record.usage.outputTokens,
    figures: figures.join(' · '),
    held: part === undefined,
    ...(part === undefined ? {} : { part }),
  };
}

function marksOf(record: ConversationRecord, includeMetadata: boolean): string[] {
  const { messages, violations, perturbation = {}, region, toolStats } = record;
  const found = new Set<string>();
  const mark = (kind: string, value: string | undefined): void => {
    if (value && found.size < MAX_MARKS) found.add(`${kind}:${shorten(value, MAX_MARK)}`);
  };
  for (const { persona } of messages) mark('persona', persona);
  for (const { validator } of violations) mark('guardrail', validator);
  for (const tool of Object.keys(toolStats?.byTool ?? {})) mark('tool', tool);
  for (const [key, value] of Object.entries(perturbation)) {
    mark('perturbation', `${key} = ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  }
  if (region !== 'default') mark('region', region);
  if (includeMetadata) {
    for (const tag of record.tags ?? []) mark('tag', tag);
    for (const [key, value] of Object.entries(record.labels ?? {})) mark('label', `${key} = ${value}`);
    mark('mode', record.mode);
  }
  return [...found];
}
