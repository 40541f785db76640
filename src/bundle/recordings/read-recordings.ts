/** A file of recordings, in any of the formats, as conversations that are read one by one. */
import type { RecordedConversation, Recording } from '../../core/recording.js';
import type { Place } from '../bundle.js';
import type { Fault } from '../fault.js';
import { parseYaml } from '../yaml-text.js';
import { durationOf } from './assemble.js';
import { chatName, chatsOf, isChat, readChat } from './chat.js';
import { type Path, RecordingFault } from './fields.js';
import { type JsonLine, jsonLines, parseJson } from './json-text.js';
import { looksLikeRunOutput, readRunOutput, runName, runScenario } from './run-output.js';
import { looksLikeEvent, looksLikeSession, readEventStream, readSession } from './session.js';
import { uniqueNames } from './unique-names.js';

export const recordingTypes = ['session', 'arena_output', 'transcript', 'generic'] as const;
export type RecordingType = (typeof recordingTypes)[number];

/** A conversation found in a file; its name has yet to be made unique. */
export interface FoundConversation {
  /** What the file calls it. */
  id?: string;
  scenario?: string;
  read(): Recording;
}

export interface ReadFile {
  conversations: RecordedConversation[];
  faults: Fault[];
}

/** The type by what the file is called and what stands in it. */
function typeOf(file: string, value: unknown): RecordingType {
  if (/\.ya?ml$/i.test(file)) return 'transcript';
  if (looksLikeRunOutput(value)) return 'arena_output';
  return looksLikeSession(value) || /\.recording\.json$/i.test(file) ? 'session' : 'generic';
}

/** The same for a file of one document a line. */
function typeOfLines(file: string, first: unknown, second: unknown): RecordingType {
  if (looksLikeRunOutput(first)) return 'arena_output';
  // A stream of events may begin with a line about the session.
  return looksLikeEvent(first) || looksLikeEvent(second) || /\.recording\.jsonl$/i.test(file) ? 'session' : 'generic';
}

/**
 * Reads a file of recordings. Every conversation is read once, so that its faults are known before anything is called,
 * and then again when it is judged: a file of very many does not lie in memory as objects.
 */
export function readRecordings(file: string, bytes: Uint8Array, type: RecordingType | undefined): ReadFile {
  const faults: Fault[] = [];
  const conversations: RecordedConversation[] = [];
  const places = new Places(file, bytes);
  try {
    const found = /\.(jsonl|ndjson)$/i.test(file) ? ofLines(file, bytes, type) : ofDocument(file, bytes, type, faults);
    const unique = uniqueNames();
    for (const [index, { id, scenario, read }] of found.entries()) {
      const recording = read();
      const name = unique(id ?? String(index + 1));
      conversations.push({ name, file, scenario, durationMs: durationOf(recording), read });
    }
    if (found.length === 0 && faults.length === 0)
      faults.push({ severity: 'error', file, message: 'holds no conversation' });
  } catch (error) {
    if (!(error instanceof RecordingFault)) throw error;
    faults.push({ severity: 'error', ...places.of(error), message: error.message, hint: error.hint });
  }
  return { conversations: faults.some(({ severity }) => severity === 'error') ? [] : conversations, faults };
}

function ofDocument(file: string, bytes: Uint8Array, type: RecordingType | undefined, faults: Fault[]) {
  let value: unknown;
  if (/\.ya?ml$/i.test(file)) {
    const { text, faults: found } = parseYaml(file, bytes);
    faults.push(...found);
    if (text === undefined) return [];
    value = text.value;
  } else value = parseJson(bytes);
  return ofValue(value, type ?? typeOf(file, value));
}

function ofValue(value: unknown, type: RecordingType): FoundConversation[] {
  if (type === 'session') return [{ read: () => readSession(value) }];
  if (type === 'arena_output') {
    const runs: { run: unknown; path: Path }[] = Array.isArray(value)
      ? value.map((run: unknown, index) => ({ run, path: [index] }))
      : [{ run: value, path: [] }];
    return runs.map(({ run, path }) => ({
      id: runName(run),
      scenario: runScenario(run),
      read: () => readRunOutput(run, path),
    }));
  }
  return chatsOf(value).map((chat) => ({ id: chatName(chat), read: () => readChat(chat) }));
}

/** Lines are runs, chats, or together one session or chat. */
function ofLines(file: string, bytes: Uint8Array, written: RecordingType | undefined): FoundConversation[] {
  const lines = jsonLines(bytes);
  const [first] = lines;
  if (first === undefined) return [];
  const head = first.value();
  const type = written ?? typeOfLines(file, head, lines[1]?.value());
  const all = (): unknown[] => lines.map((line) => line.value());
  if (type === 'session') return [{ read: () => readEventStream(all()) }];
  if (type === 'arena_output') return lines.map(ofRunLine);
  if (isChat(head)) return lines.map(ofChatLine);
  return [{ read: () => readChat({ value: all(), path: [] }) }];
}

function ofRunLine(line: JsonLine, index: number): FoundConversation {
  const value = line.value();
  return { id: runName(value), scenario: runScenario(value), read: () => readRunOutput(line.value(), [index]) };
}

function ofChatLine(line: JsonLine, index: number): FoundConversation {
  const id = chatName({ value: line.value(), path: [] });
  return { id, read: () => readChat({ value: line.value(), path: [index] }) };
}

/** Positions are worked out only for a file that has a fault. */
class Places {
  constructor(
    private readonly file: string,
    private readonly bytes: Uint8Array,
  ) {}

  of({ path, offset }: RecordingFault): Place {
    const { file, bytes } = this;
    const [number] = path;
    if (/\.(jsonl|ndjson)$/i.test(file)) {
      const line = typeof number === 'number' ? jsonLines(bytes)[number]?.number : undefined;
      return line === undefined ? { file } : { file, line, column: (offset ?? 0) + 1 };
    }
    if (offset !== undefined) {
      const before = new TextDecoder().decode(bytes).slice(0, offset).split('\n');
      return { file, line: before.length, column: (before.at(-1) ?? '').length + 1 };
    }
    // JSON is YAML, as far as positions go. A file that is too large for that is named without one.
    if (bytes.byteLength > MAX_POSITIONED_BYTES) return { file };
    return { file, ...parseYaml(file, bytes).text?.positions.find(path) };
  }
}

const MAX_POSITIONED_BYTES = 4 * 1024 * 1024;
