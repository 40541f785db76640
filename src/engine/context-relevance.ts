/** The strategy `relevance`: of an over-long history, what resembles the newest question stays. */
import type { Message } from '../core/conversation.js';
import { similarityOf } from './assertions/vector-checks.js';
import { dropOldest, isSystem, measure } from './context-cut.js';
import type { ContextOutside, ContextPolicySpec, ContextWindow } from './context-policy.js';

/** Where `relevance` says nothing. */
const RECENT_MESSAGES = 3;
const QUERY_MESSAGES = 3;

type RelevanceSpec = NonNullable<ContextPolicySpec['relevance']>;

/** Messages that mean nothing without each other: a call of tools and its answers. */
interface Unit {
  messages: Message[];
  text: string;
}

export class RelevanceWindow implements ContextWindow {
  /** By text; only with `cache_embeddings`. */
  private readonly known = new Map<string, number[]>();

  constructor(
    private readonly limit: number,
    private readonly spec: RelevanceSpec,
  ) {}

  async fit(messages: Message[], outside: ContextOutside): Promise<Message[]> {
    const { min_recent_messages: recent = RECENT_MESSAGES, similarity_threshold: threshold = 0 } = this.spec;
    const first = this.spec.always_keep_system_role !== false && messages.some(isSystem) ? 1 : 0;
    const newest = messages.findLastIndex(({ role }) => role === 'user');
    const always = new Set([...messages.slice(0, first), ...messages.slice(-Math.max(recent, 0) || messages.length)]);
    for (const message of messages.slice(Math.max(newest, 0))) always.add(message);
    const units = unitsOf(messages);
    const kept = new Set(units.filter((unit) => unit.messages.some((message) => always.has(message))));
    const open = units.filter((unit) => !kept.has(unit) && unit.text !== '');
    let room = this.limit - measure([...kept].flatMap((unit) => unit.messages));
    for (const { unit, similarity } of await this.ranked(open, this.queryOf(messages), outside)) {
      if (similarity < threshold) break;
      const tokens = measure(unit.messages);
      if (tokens > room) continue;
      room -= tokens;
      kept.add(unit);
    }
    // What always stays may be too much by itself.
    return dropOldest(
      units.filter((unit) => kept.has(unit)).flatMap((unit) => unit.messages),
      this.limit,
    );
  }

  private queryOf(messages: readonly Message[]): string {
    const {
      query_source: source = 'last_user',
      last_n_count: count = QUERY_MESSAGES,
      custom_query: custom,
    } = this.spec;
    if (source === 'custom' && custom !== undefined && custom !== '') return custom;
    const said = messages.filter(({ role, content }) => role !== 'system' && content !== '');
    if (source === 'last_n')
      return said
        .slice(-count)
        .map(({ content }) => content)
        .join('\n');
    return said.findLast(({ role }) => role === 'user')?.content ?? '';
  }

  /** Most similar first; of equals the newer. */
  private async ranked(
    units: readonly Unit[],
    query: string,
    outside: ContextOutside,
  ): Promise<{ unit: Unit; similarity: number }[]> {
    if (units.length === 0 || query === '') return [];
    const vectors = await this.embed([query, ...units.map(({ text }) => text)], outside);
    const target = vectors.get(query) ?? [];
    return units
      .map((unit, age) => ({ unit, age, similarity: similarityOf(target, vectors.get(unit.text) ?? []) ?? 0 }))
      .sort((a, b) => b.similarity - a.similarity || b.age - a.age);
  }

  private async embed(texts: readonly string[], outside: ContextOutside): Promise<ReadonlyMap<string, number[]>> {
    const { provider, model, cache_embeddings: cached = false } = this.spec;
    const vectors = cached ? this.known : new Map<string, number[]>();
    const missing = [...new Set(texts)].filter((text) => !vectors.has(text));
    if (missing.length === 0) return vectors;
    const found = await outside.perform(`embed ${provider}`, { model: model ?? null, texts: missing }, ({ signal }) =>
      outside.embed(provider, model, missing, { signal }),
    );
    for (const [index, text] of missing.entries()) vectors.set(text, found[index] ?? []);
    return vectors;
  }
}

function unitsOf(messages: readonly Message[]): Unit[] {
  const units: Message[][] = [];
  for (const message of messages) {
    if (message.role === 'tool' && units.length > 0) units.at(-1)?.push(message);
    else units.push([message]);
  }
  return units.map((unit) => ({ messages: unit, text: unit.map(textOf).join('\n').trim() }));
}

const textOf = ({ content, toolCalls = [] }: Message): string =>
  [content, ...toolCalls.map(({ name, args }) => `${name} ${JSON.stringify(args)}`)].join('\n').trim();
