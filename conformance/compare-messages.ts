/** Messages of a run against the reference's: roles, texts, tool calls, tool results, states, personas. */
import type { ContentPart, Message } from '../src/core/conversation.js';
import type { GoldenTurn } from './golden.js';
import { canonicalJson, isShaOf, textSha } from './hashes.js';

/** First difference in one line, or undefined when there is none. */
export function compareMessages(expected: readonly GoldenTurn[], actual: readonly Message[]): string | undefined {
  for (const [index, turn] of expected.entries()) {
    const message = actual[index];
    if (message === undefined) return `message ${index}: expected ${turn.role} ${quote(turn.content)}, got none`;
    const difference = compareMessage(turn, message);
    if (difference !== undefined) return `message ${index} (${turn.role}): ${difference}`;
  }
  const [extra] = actual.slice(expected.length);
  return extra === undefined
    ? undefined
    : `${actual.length - expected.length} more messages, first ${extra.role} ${quote(extra.content)}`;
}

function compareMessage(turn: GoldenTurn, message: Message): string | undefined {
  if (turn.role !== message.role) return `expected role ${turn.role}, got ${message.role}`;
  return (
    (turn.role === 'tool' ? compareToolResult(turn, message) : compareContent(turn, message)) ??
    compareToolCalls(turn, message) ??
    compareField('state', turn.workflowState, message.state) ??
    compareField('persona', turn.selfPlay?.persona, message.persona) ??
    (turn.media === undefined ? undefined : compareMedia(turn.media, message.parts))
  );
}

function compareContent(turn: GoldenTurn, message: Message): string | undefined {
  if (sameText(turn.content, turn.contentSha, message.content)) return undefined;
  return `expected ${quote(turn.content ?? `text of hash ${turn.contentSha}`)}, got ${quote(message.content)}`;
}

/** The reference keeps a tool's text in the result, we in the content. An error need only be one: its words are free. */
function compareToolResult({ toolResult }: GoldenTurn, message: Message): string | undefined {
  if (toolResult === undefined) return undefined;
  const { id, name, error } = message.toolResult ?? { id: '', name: '' };
  const difference = compareField('call', toolResult.id, id) ?? compareField('tool', toolResult.name, name);
  if (difference !== undefined) return difference;
  const expectsError = Boolean(toolResult.error);
  if (expectsError !== (error !== undefined)) {
    return expectsError ? `expected an error, got ${quote(message.content)}` : `unexpected error ${quote(error)}`;
  }
  if (!expectsError && !sameText(toolResult.text, toolResult.textSha, message.content)) {
    return `expected ${quote(toolResult.text ?? `text of hash ${toolResult.textSha}`)}, got ${quote(message.content)}`;
  }
  return toolResult.media === undefined ? undefined : compareMedia(toolResult.media, message.parts);
}

function compareToolCalls(turn: GoldenTurn, message: Message): string | undefined {
  const expected = turn.toolCalls ?? [];
  const actual = message.toolCalls ?? [];
  const names = actual.map((call) => call.name).join(', ');
  if (expected.length !== actual.length) {
    return `expected calls of [${expected.map((call) => call.name).join(', ')}], got [${names}]`;
  }
  for (const [index, call] of expected.entries()) {
    const got = actual[index];
    const difference = compareField('tool call', call.name, got?.name) ?? compareField('call id', call.id, got?.id);
    if (difference !== undefined) return difference;
    const same =
      call.argsSha === undefined
        ? canonicalJson(call.args ?? {}) === canonicalJson(got?.args)
        : isShaOf(call.argsSha, got?.args);
    if (!same) {
      const wanted = call.argsSha === undefined ? canonicalJson(call.args ?? {}) : `a value of hash ${call.argsSha}`;
      return `arguments of ${call.name}: expected ${quote(wanted)}, got ${quote(canonicalJson(got?.args))}`;
    }
  }
  return undefined;
}

function compareMedia(
  expected: readonly { type: string; mime?: string | undefined }[],
  parts: readonly ContentPart[] = [],
): string | undefined {
  const wanted = expected.map(({ type, mime }) => `${type} ${mime ?? ''}`.trim());
  const got = parts
    .filter((part) => part.type !== 'text')
    .map((part, index) => `${part.type} ${expected[index]?.mime === undefined ? '' : (part.mimeType ?? '')}`.trim());
  return compareField('media', wanted.join(', '), got.join(', '));
}

function sameText(text: string | undefined, sha: string | undefined, actual: string): boolean {
  return text === undefined && sha !== undefined ? sha === textSha(actual) : (text ?? '') === actual;
}

/** Only what the golden names is compared. */
function compareField(what: string, expected: string | undefined, actual: string | undefined): string | undefined {
  return expected === undefined || expected === actual ? undefined : `expected ${what} ${expected}, got ${actual}`;
}

const MAX_QUOTE = 160;

function quote(text: string | undefined): string {
  const json = JSON.stringify(text ?? '');
  return json.length > MAX_QUOTE ? `${json.slice(0, MAX_QUOTE)}…` : json;
}
