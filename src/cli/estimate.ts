/** What a matrix would ask of its providers, before anything is called. */
import type { Bundle } from '../bundle/bundle.js';
import type { Matrix } from '../bundle/matrix.js';
import { itemsOfCell } from '../core/plan.js';
import { formatUsd } from '../core/usd.js';
import { costUsd } from '../io/providers/pricing.js';

/** Usual in English with the tokenizers of today's models. */
const CHARACTERS_PER_TOKEN = 4;
/** A short answer, and a long one where no limit is set. */
const SHORT_ANSWER_TOKENS = 50;
const LONG_ANSWER_TOKENS = 500;

/** Tokens of a persona's message at most. */
const PERSONA_TOKENS = 200;

export interface Estimate {
  conversations: number;
  /** One for each user turn, two where a persona writes it. Tool calls, judges and retries come on top. */
  calls: number;
  /** US dollars with short and with long answers; absent when no provider has a known price. */
  costUsd?: { low: number; high: number };
  /** Providers whose price is not known: not in the cost. */
  unpriced: string[];
}

export interface EstimateOptions {
  /** Every assistant is replaced by the mock, which costs nothing. */
  mockProvider?: boolean;
  /** Beats Arena file and provider file. */
  maxTokens?: number;
}

/** What the user says before an answer: characters that stand in the bundle, or the provider of a persona. */
type Exchange = { characters: number; persona?: string };

/** The matrix is one of this bundle. */
export function estimate(bundle: Bundle, { cells, regions }: Matrix, options: EstimateOptions = {}): Estimate {
  const unpriced = new Set<string>();
  let [conversations, calls, low, high] = [0, 0, 0, 0];
  let priced = false;
  for (const cell of cells) {
    const items = itemsOfCell(cell, regions.length);
    conversations += items;
    if (cell.recordings !== undefined) continue;
    const exchanges = exchangesOf(bundle, cell.scenario);
    calls += items * exchanges.reduce((sum, { persona }) => sum + (persona === undefined ? 1 : 2), 0);
    for (const id of cell.providers) {
      const each = items / cell.providers.length;
      const costs = { bundle, id, exchanges, options };
      const [short, long] = [costOf({ ...costs, long: false }), costOf({ ...costs, long: true })];
      for (const unknown of [...short.unpriced, ...long.unpriced]) unpriced.add(unknown);
      if (short.unpriced.length > 0) continue;
      priced = true;
      low += each * short.usd;
      high += each * long.usd;
    }
  }
  return { conversations, calls, ...(priced ? { costUsd: { low, high } } : {}), unpriced: [...unpriced] };
}

/** In order; the first holds the system prompt. */
function exchangesOf(bundle: Bundle, scenario: string): Exchange[] {
  const { spec } = bundle.scenarios.get(scenario) ?? {};
  const roles = new Map(bundle.arena.spec.self_play?.roles?.map(({ id, provider }) => [id, provider]));
  const exchanges = (spec?.turns ?? []).flatMap((turn): Exchange[] => {
    if (turn.role === 'user') return [{ characters: turn.content?.length ?? 0 }];
    const persona = roles.get(turn.role);
    return persona === undefined ? [] : Array.from({ length: turn.turns ?? 1 }, () => ({ characters: 0, persona }));
  });
  const prompt = bundle.prompts.get(spec?.task_type ?? '');
  const [first] = exchanges;
  if (first !== undefined) first.characters += prompt?.spec.system_template?.length ?? 0;
  return exchanges;
}

interface CostQuestion {
  bundle: Bundle;
  id: string;
  exchanges: Exchange[];
  options: EstimateOptions;
  /** Answers as long as they may be, else short ones. */
  long: boolean;
}

function costOf({ bundle, id, exchanges, options, long }: CostQuestion): { usd: number; unpriced: string[] } {
  const unpriced = new Set<string>();
  const limit =
    options.maxTokens ||
    bundle.arena.spec.defaults?.max_tokens ||
    bundle.providers.get(id)?.spec.defaults?.max_tokens ||
    LONG_ANSWER_TOKENS;
  const answer = long ? limit : Math.min(SHORT_ANSWER_TOKENS, limit);
  const said = long ? PERSONA_TOKENS : SHORT_ANSWER_TOKENS;
  let [history, usd] = [0, 0];
  const call = (provider: string, outputTokens: number, mocked: boolean): void => {
    const price = mocked ? 0 : priceOf(bundle, provider, history, outputTokens);
    if (price === undefined) unpriced.add(provider);
    else usd += price;
    history += outputTokens;
  };
  for (const { characters, persona } of exchanges) {
    history += characters / CHARACTERS_PER_TOKEN;
    if (persona !== undefined) call(persona, said, false);
    call(id, answer, options.mockProvider === true);
  }
  return { usd, unpriced: [...unpriced] };
}

function priceOf(bundle: Bundle, id: string, inputTokens: number, outputTokens: number): number | undefined {
  const provider = bundle.providers.get(id)?.spec;
  if (provider === undefined) return undefined;
  if (provider.type === 'mock' || provider.type === 'replay') return 0;
  return costUsd(provider, provider.model ?? '', { inputTokens, outputTokens });
}

/** The cost as far as it is known, and of whom it is not: a part must not be taken for the whole. Undefined when nothing is. */
export function formatCost({ costUsd, unpriced }: Pick<Estimate, 'costUsd' | 'unpriced'>): string | undefined {
  if (costUsd === undefined) return undefined;
  return unpriced.length === 0 ? formatRange(costUsd) : `${formatRange(costUsd)} without ${unpriced.join(', ')}`;
}

/** Whose price is not known, and what can be done about it. */
export function unpricedLines(bundle: Pick<Bundle, 'providers'>, unpriced: readonly string[]): string[] {
  const isAgent = (id: string): boolean => bundle.providers.get(id)?.spec.type === 'agent';
  const [models, agents] = [unpriced.filter((id) => !isAgent(id)), unpriced.filter(isAgent)];
  return [
    ...(models.length > 0 ? [`no price is known for ${models.join(', ')}: add pricing to the provider file`] : []),
    ...(agents.length > 0 ? [`agents do not tell what they cost: ${agents.join(', ')}`] : []),
  ];
}

/** `$1.90 to $3.40`, or one amount where there is no more to say. */
export function formatRange({ low, high }: { low: number; high: number }): string {
  const [from, to] = [formatUsd(low), formatUsd(high)];
  return from === to ? from : `${from} to ${to}`;
}
