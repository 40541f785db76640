/** The judge of a check: which model, asked how, and what its answers come to. */
import { judgeNamed, judgesOf } from '../../bundle/judge-providers.js';
import type { JsonValue } from '../../core/conversation.js';
import type { CallContext, CompletionRequest } from '../../core/provider.js';
import { allEnded } from '../all-ended.js';
import {
  type CheckOutside,
  type CheckSetup,
  type Finding,
  optionalNumber,
  optionalText,
  ParameterFault,
  type Params,
  quoted,
} from './check.js';
import { askedOf, type Question } from './judge-question.js';
import { readVerdict } from './judge-verdict.js';

const MAX_TOKENS = 1024;
const MAX_SAMPLES = 25;
/** Answers that are asked for again must be able to differ. */
const TEMPERATURE_OF_SAMPLES = 0.7;
/** What an answer counts that is no verdict. */
const UNREADABLE_SCORE = 0.5;

/** Why a check by a judge hardly passes without a `min_score`. */
export const SELDOM_FULL_MARKS = 'judges seldom give full marks';

export interface Judge {
  ask(question: Question, outside: CheckOutside): Promise<Finding>;
}

/**
 * Reads what every check by a judge may say: `judge`, `samples`, `aggregate`, `temperature`, `max_tokens`, `expected`. Throws
 * a `ParameterFault` when there is no such judge.
 */
export function judgeFor(params: Params, setup: CheckSetup): Judge {
  const { name, provider, remark } = chosenJudge(optionalText(params, 'judge'), setup);
  const samples = wholeNumber(params, 'samples', 1, MAX_SAMPLES) ?? 1;
  const aggregate = oneOf(params, 'aggregate', ['majority', 'mean']) ?? 'majority';
  const expected = oneOf(params, 'expected', ['pass', 'fail']) ?? 'pass';
  const temperature = optionalNumber(params, 'temperature') ?? (samples > 1 ? TEMPERATURE_OF_SAMPLES : 0);
  const maxTokens = wholeNumber(params, 'max_tokens', 1, Number.MAX_SAFE_INTEGER) ?? MAX_TOKENS;
  return {
    async ask(question, outside) {
      const { messages, leftOut } = askedOf(question);
      const context: CallContext = { scenario: outside.scenario, provider, judge: true };
      const request: CompletionRequest = { messages, parameters: { temperature, maxTokens }, context };
      const asked = Array.from({ length: samples }, () => outside.complete(provider, request));
      const answers = (await allEnded(asked)).map(({ content }) => sampleOf(content, expected === 'fail'));
      const finding = samples === 1 ? single(answers) : several(answers, aggregate);
      const remarks = [remark, leftOut > 0 ? `${leftOut} characters of the material were left out` : ''];
      const explanation = [finding.explanation, ...remarks.filter(Boolean).map((one) => `(${one})`)].join(' ');
      return { ...finding, explanation, value: { judge: name, ...finding.value } };
    },
  };
}

function chosenJudge(named: string | undefined, { bundle, evalId }: CheckSetup) {
  const names = [...judgesOf(bundle, evalId).keys()];
  const judge = judgeNamed(bundle, evalId, named);
  if (judge !== undefined) {
    const isChoice = named === undefined && names.length > 1;
    return { ...judge, remark: isChoice ? `judged by "${judge.name}", the first of ${names.length} judges` : '' };
  }
  const only = names.length === 1 ? judgeNamed(bundle, evalId, undefined) : undefined;
  if (only !== undefined) {
    return { ...only, remark: `there is no judge "${named}": judged by "${only.name}", the only one` };
  }
  if (names.length > 0) throw new ParameterFault(`there is no judge "${named}"; there are: ${quoted(names)}`);
  throw new ParameterFault('the bundle has no judge; name a provider under spec.judges of the Arena file');
}

function wholeNumber(params: Params, name: string, min: number, max: number): number | undefined {
  const value = optionalNumber(params, name);
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return value;
  const upTo = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new ParameterFault(`parameter "${name}" must be a whole number ${upTo}`);
}

function oneOf<Word extends string>(params: Params, name: string, words: readonly Word[]): Word | undefined {
  const value = optionalText(params, name);
  const word = words.find((one) => one === value);
  if (value === undefined || word !== undefined) return word;
  throw new ParameterFault(`parameter "${name}" must be one of ${words.join(', ')}`);
}

interface Sample {
  score: number;
  passed?: boolean;
  reasoning: string;
  unreadable?: true;
}

/** Where the author expects a fail, a low score is a good one. */
function sampleOf(answer: string, turned: boolean): Sample {
  const read = readVerdict(answer);
  if (read === undefined) {
    const start = answer.trim().slice(0, 100);
    const seen = start === '' ? 'it is empty' : `it begins with ${JSON.stringify(start)}`;
    return { score: UNREADABLE_SCORE, reasoning: `the judge's answer is no verdict: ${seen}`, unreadable: true };
  }
  return turned ? { ...read, score: exact(1 - read.score) } : read;
}

/** Without what binary fractions add, so that 0.8 reached is not 0.7999999999999999. */
const exact = (score: number): number => Number(score.toFixed(12));

interface JudgeFinding extends Finding {
  value: { [key: string]: JsonValue };
}

function single([sample]: readonly Sample[]): JudgeFinding {
  const { score, reasoning: explanation, passed, unreadable } = sample as Sample;
  const value: JudgeFinding['value'] = {};
  if (passed !== undefined) value.passed = passed;
  if (unreadable) value.unreadable = true;
  return { score, explanation, value };
}

function several(answers: readonly Sample[], aggregate: 'majority' | 'mean'): JudgeFinding {
  const scores = answers.map(({ score }) => score);
  const score = exact(scores.reduce((sum, one) => sum + one, 0) / scores.length);
  const unreadable = answers.filter((answer) => answer.unreadable).length;
  const [telling = answers[0]] = answers.filter((answer) => !answer.unreadable);
  const explanation = `scores ${scores.map((one) => Number(one.toFixed(3))).join(', ')}: ${telling?.reasoning}`;
  const value: JudgeFinding['value'] = { scores };
  if (unreadable > 0) value.unreadable = unreadable;
  return aggregate === 'mean' ? { score, explanation, value } : { score, samples: scores, explanation, value };
}
