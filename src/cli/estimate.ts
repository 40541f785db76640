/** What a matrix would ask of its providers, before anything is called. */
import type { Bundle } from '../bundle/bundle.js';
import type { Matrix } from '../bundle/matrix.js';
import { formatUsd } from '../core/usd.js';
import { costUsd } from '../io/providers/pricing.js';

/** Usual in English with the tokenizers of today's models. */
const CHARACTERS_PER_TOKEN = 4;
/** A short answer, and a long one where no limit is set. */
const SHORT_ANSWER_TOKENS = 50;
const LONG_ANSWER_TOKENS = 500;

export interface Estimate {
  conversations: number;
  /** One for each user turn. Tool calls and retries come on top. */
  calls: number;
  /** US dollars with short and with long answers; absent when no provider has a known price. */
  costUsd?: { low: number; high: number };
  /** Providers whose price is not known: not in the cost. */
  unpriced: string[];
}

/** `mocked`: every assistant is replaced by the mock, which costs nothing. */
export function estimate(bundle: Bundle, { cells, regions }: Matrix, mocked: boolean): Estimate {
  const unpriced = new Set<string>();
  let [conversations, calls, low, high] = [0, 0, 0, 0];
  let priced = false;
  for (const { scenario, providers, trials } of cells) {
    const turns = userTurnLengths(bundle, scenario);
    const repeats = trials * regions.length;
    for (const id of providers) {
      conversations += repeats;
      calls += repeats * turns.length;
      const [short, long] = mocked ? [0, 0] : [costOf(bundle, id, turns, 'short'), costOf(bundle, id, turns, 'long')];
      if (short === undefined || long === undefined) unpriced.add(id);
      else {
        priced = true;
        low += repeats * short;
        high += repeats * long;
      }
    }
  }
  return { conversations, calls, ...(priced ? { costUsd: { low, high } } : {}), unpriced: [...unpriced] };
}

/** Characters that each call of a conversation adds to what is sent; the first holds the system prompt. */
function userTurnLengths(bundle: Bundle, scenario: string): number[] {
  const { spec } = bundle.scenarios.get(scenario) ?? {};
  const prompt = bundle.prompts.get(spec?.task_type ?? '');
  const lengths = (spec?.turns ?? []).filter((turn) => turn.role === 'user').map((turn) => turn.content?.length ?? 0);
  lengths[0] = (lengths[0] ?? 0) + (prompt?.spec.system_template?.length ?? 0);
  return lengths;
}

function costOf(bundle: Bundle, id: string, turns: number[], answers: 'short' | 'long'): number | undefined {
  const provider = bundle.providers.get(id)?.spec;
  if (provider === undefined) return undefined;
  if (provider.type === 'mock') return 0;
  const limit = provider.defaults?.max_tokens ?? bundle.arena.spec.defaults?.max_tokens ?? LONG_ANSWER_TOKENS;
  const answer = answers === 'short' ? Math.min(SHORT_ANSWER_TOKENS, limit) : limit;
  let history = 0;
  let total = 0;
  for (const length of turns) {
    history += length / CHARACTERS_PER_TOKEN;
    const cost = costUsd(provider, provider.model ?? '', { inputTokens: history, outputTokens: answer });
    if (cost === undefined) return undefined;
    total += cost;
    history += answer;
  }
  return total;
}

/** `$1.90 to $3.40`, or one amount where there is no more to say. */
export function formatRange({ low, high }: { low: number; high: number }): string {
  const [from, to] = [formatUsd(low), formatUsd(high)];
  return from === to ? from : `${from} to ${to}`;
}
