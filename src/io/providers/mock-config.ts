/** Reads the file of scripted answers. */
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { ContentPart, ToolCall } from '../../core/conversation.js';
import { ArenaError } from '../../core/errors.js';
import {
  type MockAnswerSpec,
  type MockPartSpec,
  type MockScriptSpec,
  mockConfigSchema,
} from '../../schema/mock-config.js';

/** Copies of anchors that the file may expand to, per alias. */
const MAX_ALIASES = 100;

export interface MockAnswer {
  content: string;
  /** Texts of which the seed of a call draws one; the first is `content`. */
  anyOf?: readonly string[];
  toolCalls?: ToolCall[];
  parts?: ContentPart[];
}

export interface MockScript {
  turns: ReadonlyMap<number, MockAnswer>;
  /** By step of a composition and by member of the bundle's agents. */
  steps: ReadonlyMap<string, MockAnswer>;
  otherwise?: MockAnswer;
}

export interface MockConfig {
  scenarios: ReadonlyMap<string, MockScript>;
  personas: ReadonlyMap<string, MockScript>;
  otherwise?: MockAnswer;
}

/** Throws an `ArenaError` that names every fault at its place. */
export function parseMockConfig(file: string, text: string): MockConfig {
  const lines = new LineCounter();
  // Whoever loads the bundle has looked for keys that stand twice; the parser's own search takes the square of their number.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, merge: true, uniqueKeys: false });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  if (document.errors.length > 0) {
    throw invalid(document.errors.map((error) => `${place(error.pos[0])} is not valid YAML: ${error.message}`));
  }
  const parsed = mockConfigSchema.safeParse(plainValue(document, file) ?? {});
  if (!parsed.success) {
    throw invalid(
      parsed.error.issues.map((issue) => {
        const where = issue.path.length === 0 ? '' : `${issue.path.map(String).join('.')}: `;
        const message = issue.code === 'invalid_key' ? issue.issues[0]?.message : issue.message;
        return `${place(offsetOf(document, issue.path))} ${where}${message}`;
      }),
    );
  }
  const { scenarios, selfplay, defaultResponse } = parsed.data;
  return { scenarios: scriptsOf(scenarios), personas: scriptsOf(selfplay), otherwise: answerOf(defaultResponse) };
}

function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (error) {
    throw invalid([`${file} ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function invalid(faults: string[]): ArenaError {
  return new ArenaError({ code: 'invalid_input', message: faults.join('\n'), hint: 'correct the mock file' });
}

/** Offset of the innermost node on a path that the document has. Numbers of turns are keys that YAML reads as numbers. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length -= 1) {
    for (const keys of [path.slice(0, length), path.slice(0, length).map(numeric)]) {
      const node: unknown = document.getIn(keys, true);
      if (isNode(node) && node.range) return node.range[0];
    }
  }
  return 0;
}

const numeric = (key: PropertyKey): PropertyKey =>
  typeof key === 'string' && /^[0-9]+$/.test(key) ? Number(key) : key;

function scriptsOf(specs: { [id: string]: MockScriptSpec } | null | undefined): Map<string, MockScript> {
  return new Map(
    Object.entries(specs ?? {}).map(([id, spec]) => {
      const turns = Object.entries(spec.turns ?? {}).map(([turn, answer]): [number, MockAnswer] => [
        Number(turn),
        requiredAnswer(answer),
      ]);
      const steps = Object.entries(spec.steps ?? {}).map(([step, answer]): [string, MockAnswer] => [
        step,
        requiredAnswer(answer),
      ]);
      return [id, { turns: new Map(turns), steps: new Map(steps), otherwise: answerOf(spec.defaultResponse) }];
    }),
  );
}

/** An empty default counts as none. */
function answerOf(spec: MockAnswerSpec | undefined): MockAnswer | undefined {
  return spec === undefined || spec === '' ? undefined : requiredAnswer(spec);
}

function requiredAnswer(spec: MockAnswerSpec): MockAnswer {
  if (typeof spec === 'string') return { content: spec };
  const parts = spec.parts?.map(partOf);
  const text = parts?.flatMap((part) => (part.type === 'text' ? [part.text ?? ''] : [])).join('\n');
  const content = spec.any_of?.[0] ?? spec.content ?? spec.text ?? spec.response ?? text ?? '';
  const answer: MockAnswer = { content };
  if (spec.any_of !== undefined) answer.anyOf = spec.any_of;
  if (parts !== undefined) answer.parts = parts;
  if (spec.tool_calls !== undefined && spec.tool_calls.length > 0) {
    answer.toolCalls = spec.tool_calls.map(({ name, arguments: args }, index) => ({
      id: `call_${index}_${name}`,
      name,
      args: args ?? {},
    }));
  }
  return answer;
}

function partOf({ type, text, media, image_url, audio_url, video_url }: MockPartSpec): ContentPart {
  if (type === 'text') return { type, text: text ?? '' };
  const part: ContentPart = { type };
  const url = media?.url ?? image_url?.url ?? audio_url?.url ?? video_url?.url;
  if (url !== undefined) part.url = url;
  if (media?.data !== undefined) part.data = media.data;
  if (media?.file_path !== undefined) part.filePath = media.file_path;
  if (media?.mime_type !== undefined) part.mimeType = media.mime_type;
  if (media?.caption !== undefined) part.caption = media.caption;
  return part;
}
