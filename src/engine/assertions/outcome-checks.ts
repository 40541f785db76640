/** Checks of the outcome against an expected one or against a baseline. */
import {
  type Check,
  type CheckFactory,
  idle,
  optionalNumber,
  optionalText,
  optionalTexts,
  ParameterFault,
  quoted,
  text,
  verdict,
} from './check.js';

/** The outcome equals an expected one by one metric; nothing expected is nothing to miss. */
export const outcomeEquivalent: CheckFactory = (params) => {
  const metric = text(params, 'metric');
  if (metric === 'tool_calls') return sameTools(optionalTexts(params, 'expected_tools'));
  if (metric === 'final_state') return sameState(optionalText(params, 'expected_state'));
  if (metric === 'content_hash') return sameContent(optionalText(params, 'expected_content'));
  throw new ParameterFault(`metric "${metric}" is not one of tool_calls, final_state, content_hash`);
};

/**
 * The outcome compared with a baseline. `similar_content` scores the share of words that both texts have (Jaccard index
 * of the word sets); a bar below 1 is set with `min_score`, `threshold` only appears in the explanation.
 */
export const directional: CheckFactory = (params) => {
  const check = text(params, 'check');
  if (check === 'same_tool_calls') return sameTools(optionalTexts(params, 'baseline_tools'));
  if (check === 'same_outcome') return sameState(optionalText(params, 'baseline_state'));
  if (check !== 'similar_content') {
    throw new ParameterFault(`check "${check}" is not one of same_tool_calls, same_outcome, similar_content`);
  }
  const baseline = wordSet(optionalText(params, 'baseline_content') ?? '');
  const threshold = optionalNumber(params, 'threshold');
  const similar: Check = (view) => {
    const score = jaccard(wordSet(view.last), baseline);
    const asked = threshold === undefined ? '' : `, threshold ${threshold} (min_score decides)`;
    return { score, explanation: `similarity ${score.toFixed(2)}${asked}` };
  };
  return threshold === undefined ? similar : Object.assign(similar, { graded: 'threshold decides nothing' });
};

function sameTools(expected: string[] | undefined): Check {
  if (expected === undefined) return idle('no tools are expected');
  const wanted = new Set(expected);
  return (view) => {
    const called = new Set(view.calls.map(({ name }) => name));
    const same = called.size === wanted.size && [...wanted].every((name) => called.has(name));
    return verdict(
      same,
      same ? 'the expected tools were called' : `called ${quoted(called)}, expected ${quoted(wanted)}`,
    );
  };
}

function sameState(expected: string | undefined): Check {
  if (expected === undefined) return idle('no state is expected');
  return (view) => {
    const state = view.messages.findLast((message) => message.state !== undefined)?.state ?? '';
    return verdict(state === expected, `the state is "${state}", "${expected}" is expected`);
  };
}

function sameContent(expected: string | undefined): Check {
  if (expected === undefined) return idle('no content is expected');
  return (view) => verdict(view.last === expected, view.last === expected ? 'same content' : 'the content differs');
}

const wordSet = (words: string): Set<string> => new Set(words.toLowerCase().split(/\s+/).filter(Boolean));

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const word of a) if (b.has(word)) common += 1;
  const all = a.size + b.size - common;
  return all === 0 ? 1 : common / all;
}
