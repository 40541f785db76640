/** A conversation as a session recording: a log of its messages with their times, which evals and replays can read. */
import type { AssertionResult, ContentPart, ConversationRecord, JsonValue, Message } from '../../core/conversation.js';

interface SessionEvent {
  /** From 1. */
  sequence: number;
  type: 'message.created';
  /** ISO 8601. */
  timestamp: string;
  /** Nanoseconds since the beginning. */
  offset: number;
  session_id: string;
  data: { [name: string]: JsonValue | undefined };
}

export interface SessionRecording {
  metadata: { [name: string]: JsonValue | undefined } & { session_id: string };
  events: SessionEvent[];
}

const NS_PER_MS = 1_000_000;

export function sessionRecording(record: ConversationRecord): SessionRecording {
  const { id, messages, timing } = record;
  // Calls and tools have their times on record; whatever lies between them took no time that anybody has measured.
  let clock = timing.startedAt;
  const events = messages.map((message, index): SessionEvent => {
    clock = message.at ?? clock + (message.latencyMs ?? message.toolResult?.latencyMs ?? 0);
    return {
      sequence: index + 1,
      type: 'message.created',
      timestamp: new Date(clock).toISOString(),
      offset: Math.round(Math.max(0, clock - timing.startedAt) * NS_PER_MS),
      session_id: id,
      data: messageData(message),
    };
  });
  return { metadata: metadataOf(record, events.length), events };
}

function metadataOf(record: ConversationRecord, events: number): SessionRecording['metadata'] {
  const { id, scenario, provider, region, trial, promptTask, labels, verdict, error, timing, assertions } = record;
  return {
    session_id: id,
    version: '1.0',
    scenario_id: scenario,
    provider_id: provider,
    region,
    trial,
    task_type: promptTask,
    labels,
    start_time: new Date(timing.startedAt).toISOString(),
    end_time: new Date(timing.startedAt + timing.durationMs).toISOString(),
    duration: Math.round(timing.durationMs * NS_PER_MS),
    event_count: events,
    verdict,
    error: error?.message,
    assertions: assertions.map(assertionData),
  };
}

function assertionData({ level, messageIndex, type, passed, score, explanation, message }: AssertionResult): JsonValue {
  const known = { level, message_index: messageIndex, type, passed, score, explanation, message };
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function messageData(message: Message): SessionEvent['data'] {
  const { role, content, parts, toolCalls, toolResult, finishReason, latencyMs, violations, persona, state } = message;
  const meta = { persona, current_workflow_state: state };
  return {
    role,
    content,
    parts: parts?.map(partData),
    tool_calls: toolCalls?.map(({ id, name, args }) => ({ id, name, args })),
    tool_result: toolResult && {
      id: toolResult.id,
      name: toolResult.name,
      ...(toolResult.error === undefined ? {} : { error: toolResult.error }),
      ...(toolResult.latencyMs === undefined ? {} : { latency_ms: toolResult.latencyMs }),
    },
    finish_reason: finishReason,
    latency_ms: latencyMs,
    cost_info: costData(message),
    validations: violations?.map(({ validator, direction, score, message: words }) => ({
      validator_type: validator,
      passed: false,
      details: { direction, score },
      ...(words === undefined ? {} : { message: words }),
    })),
    meta: persona === undefined && state === undefined ? undefined : JSON.parse(JSON.stringify(meta)),
  };
}

function costData({ usage, costUsd }: Message): { [name: string]: number } | undefined {
  if (usage === undefined && costUsd === undefined) return undefined;
  const known = {
    input_tokens: usage?.inputTokens,
    output_tokens: usage?.outputTokens,
    cached_tokens: usage?.cachedTokens,
    total_cost_usd: costUsd,
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function partData({ type, text, mimeType, url, data, filePath, detail, caption }: ContentPart): JsonValue {
  if (type === 'text') return { type, text: text ?? '' };
  const media = { mime_type: mimeType, url, data, file_path: filePath, detail, caption };
  return { type, media: JSON.parse(JSON.stringify(media)) };
}
