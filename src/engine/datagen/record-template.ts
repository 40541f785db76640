/** Templates of structured records: any JSON whose texts hold `{{placeholders}}` for parts of the conversation. */
import type { ConversationRecord, JsonValue } from '../../core/conversation.js';
import { findJson, isObject, toText } from '../json.js';
import { chatMessages } from './chat-messages.js';

const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;
const WHOLE = /^\{\{([^{}]+)\}\}$/;

/** Texts grow by what is put into them; a record beyond it is not valid. */
const MAX_CHARACTERS = 1024 * 1024;

/** What a template can ask of. */
export interface TemplateSource {
  record: ConversationRecord;
  /** Of the record. */
  seed: number;
}

type Reader = (source: TemplateSource, path: readonly string[]) => JsonValue | undefined;

interface Part {
  read: Reader;
  /** What may follow the name, behind a dot. */
  takes: 'nothing' | 'number' | 'path' | 'key';
}

const textsOf = ({ record }: TemplateSource, role: 'user' | 'assistant'): string[] =>
  record.messages
    .filter((message) => message.role === role && (message.toolCalls?.length ?? 0) === 0)
    .map(({ content }) => content);

/** The last message of a role, or the one of a number, counted from 1. */
const saidBy =
  (role: 'user' | 'assistant'): Reader =>
  (source, [number]) => {
    const texts = textsOf(source, role);
    return number === undefined ? texts.at(-1) : texts[Number(number) - 1];
  };

const PARTS: { readonly [name: string]: Part } = {
  id: { takes: 'nothing', read: ({ record }) => record.id },
  number: { takes: 'nothing', read: ({ record }) => record.index + 1 },
  scenario: { takes: 'nothing', read: ({ record }) => record.scenario },
  provider: { takes: 'nothing', read: ({ record }) => record.provider },
  region: { takes: 'nothing', read: ({ record }) => record.region ?? 'default' },
  persona: { takes: 'nothing', read: ({ record }) => record.messages.find(({ persona }) => persona)?.persona },
  seed: { takes: 'nothing', read: ({ seed }) => seed },
  verdict: { takes: 'nothing', read: ({ record }) => record.verdict },
  system: { takes: 'nothing', read: ({ record }) => record.messages.find(({ role }) => role === 'system')?.content },
  user: { takes: 'number', read: saidBy('user') },
  answer: { takes: 'number', read: saidBy('assistant') },
  json: { takes: 'path', read: (source, path) => below(lastAnswerAsJson(source.record), path) },
  perturbation: {
    takes: 'key',
    read: ({ record: { perturbation = {} } }, [key = '']) =>
      Object.hasOwn(perturbation, key) ? perturbation[key] : undefined,
  },
  messages: { takes: 'nothing', read: ({ record }) => chatMessages(record.messages) as unknown as JsonValue },
};

/** The last answer in words, read as JSON; a fence around it is allowed, words around it are not. */
export function lastAnswerAsJson(record: ConversationRecord): JsonValue | undefined {
  const answer = textsOf({ record, seed: 0 }, 'assistant').at(-1);
  return answer === undefined ? undefined : findJson(answer.trim(), { allowWrapped: true, extract: false });
}

function below(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  let found = value;
  for (const key of path) {
    if (Array.isArray(found)) found = /^\d+$/.test(key) ? found[Number(key)] : undefined;
    else found = isObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}

const split = (placeholder: string): [name: string, path: string[]] => {
  const [name = '', ...path] = placeholder.split('.');
  return [name, path];
};

const USAGE =
  'there are id, number, scenario, provider, region, persona, seed, verdict, system, user, user.N, answer, answer.N, json, json.KEY, perturbation.KEY and messages';

/** Placeholders of a template that mean nothing, each with its place in the template. */
export function templateFaults(template: JsonValue, at: string[] = []): { path: string[]; message: string }[] {
  if (typeof template === 'object' && template !== null) {
    return Object.entries(template).flatMap(([key, value]) => {
      const [inKey] = key.match(PLACEHOLDER) ?? [];
      const message = `holds ${inKey} in a key, where nothing is put in: write it as a value`;
      return [...(inKey === undefined ? [] : [{ path: at, message }]), ...templateFaults(value, [...at, key])];
    });
  }
  if (typeof template !== 'string') return [];
  return [...new Set(Array.from(template.matchAll(PLACEHOLDER), ([, placeholder = '']) => placeholder))]
    .filter((placeholder) => {
      const [name, path] = split(placeholder);
      const part = Object.hasOwn(PARTS, name) ? PARTS[name] : undefined;
      return part === undefined || !fits(part, path);
    })
    .map((placeholder) => ({ path: at, message: `holds {{${placeholder}}}, which means nothing: ${USAGE}` }));
}

function fits({ takes }: Part, path: readonly string[]): boolean {
  if (takes === 'nothing') return path.length === 0;
  if (takes === 'number') return path.length === 0 || (path.length === 1 && /^[1-9]\d{0,5}$/.test(path[0] ?? ''));
  if (takes === 'key') return path.length === 1 && path[0] !== '';
  return path.every((key) => key !== '');
}

/** What a conversation lacks that the template needs. */
export class Unfilled extends Error {}

/**
 * The template with its placeholders filled. A text that is one placeholder becomes the value itself, a number for
 * example; elsewhere values stand as text. Throws `Unfilled` when the conversation has no such part, or the whole grows
 * beyond a million characters.
 */
export function fillTemplate(template: JsonValue, source: TemplateSource): JsonValue {
  let characters = 0;
  const partOf = (placeholder: string): JsonValue => {
    const [name, path] = split(placeholder);
    const value = PARTS[name]?.read(source, path);
    if (value === undefined) throw new Unfilled(`the conversation has nothing for {{${placeholder}}}`);
    characters += toText(value).length;
    if (characters > MAX_CHARACTERS) throw new Unfilled(`the record grows beyond ${MAX_CHARACTERS} characters`);
    return value;
  };
  const fill = (node: JsonValue): JsonValue => {
    if (Array.isArray(node)) return node.map(fill);
    if (isObject(node)) return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, fill(value)]));
    if (typeof node !== 'string') return node;
    const whole = WHOLE.exec(node)?.[1];
    if (whole !== undefined) return partOf(whole);
    return node.replace(PLACEHOLDER, (_, placeholder: string) => toText(partOf(placeholder)));
  };
  return fill(template);
}
