/** Parsing of the option values of load tests. commander prints what these throw behind the option's name. */
import { InvalidArgumentError } from 'commander';
import { parseDurationMs } from '../core/duration.js';
import { thresholdMetrics, thresholdOperators, thresholdValue } from '../core/load/thresholds.js';
import type { LoadTestInput } from '../schema/load-test.js';

export type ThresholdOption = NonNullable<LoadTestInput['thresholds']>[number];

export interface StageOption {
  duration: string;
  target: number;
  model: 'open' | 'closed';
}

/** Above 0, with decimals. */
export function rate(text: string): number {
  if (isRate(text) && Number(text) > 0) return Number(text);
  throw new InvalidArgumentError('It must be a number above 0, at most 1000000.');
}

/** From 0 on, with decimals: a test under way may be told to send nothing for a while. */
export function rateOrNone(text: string): number {
  if (isRate(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number from 0 to 1000000.');
}

const isRate = (text: string): boolean => /^\d*\.?\d+$/.test(text) && Number(text) <= 1_000_000;

export function amount(text: string): number {
  if (/^\d*\.?\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a number of US dollars, such as 5 or 2.50.');
}

/** `1m:100rps`, `30s:20users`; may be repeated, all in one unit. */
export function stage(text: string, before: StageOption[] = []): StageOption[] {
  const [, duration = '', number, unit = 'rps'] = /^([^:]+):(\d*\.?\d+)(rps|users)?$/.exec(text) ?? [];
  const target = Number(number);
  if (parseDurationMs(duration) === undefined || !(target <= 1_000_000)) {
    throw new InvalidArgumentError('It must have the form DURATION:TARGET, such as 1m:100rps or 30s:20users.');
  }
  const model = unit === 'rps' ? 'open' : 'closed';
  if (model === 'closed' && !Number.isInteger(target)) throw new InvalidArgumentError('Users come whole.');
  if (before.some((one) => one.model !== model)) {
    throw new InvalidArgumentError('All stages must have one unit: rps or users.');
  }
  return [...before, { duration, target, model }];
}

/** `2s`, or `1s-5s`. */
export function thinkTime(text: string): string | { min: string; max: string } {
  const [min = '', max, ...more] = text.split('-');
  const [from, to] = [parseDurationMs(min), max === undefined ? undefined : parseDurationMs(max)];
  const isRange = max !== undefined && to !== undefined && from !== undefined && from <= to;
  if (from !== undefined && max === undefined) return text;
  if (isRange && more.length === 0) return { min, max };
  throw new InvalidArgumentError('It must be a duration such as 2s, or two such as 1s-5s.');
}

const FORM = 'It must have the form METRIC<VALUE, such as latency_p95<3s, error_rate<=1% or pass_rate>0.9';

/** `latency_p95<3s`, of one part: `ttft_p95<1s@provider=gpt-4o@scenario=refund`. May be repeated. */
export function threshold(text: string, before: ThresholdOption[] = []): ThresholdOption[] {
  const [rule = '', ...parts] = text.split(/@(?=(?:scenario|provider)=)/);
  const found = /^\s*([a-z0-9_]+)\s*(<=|>=|<|>)\s*(\S+)\s*$/.exec(rule);
  if (found === null) throw new InvalidArgumentError(`${FORM}.`);
  const [, name, sign, value = ''] = found;
  const metric = thresholdMetrics.find((one) => one === name);
  const operator = thresholdOperators.find((one) => one === sign);
  if (metric === undefined || operator === undefined) {
    throw new InvalidArgumentError(`"${name}" is none of ${thresholdMetrics.join(', ')}.`);
  }
  if (thresholdValue(metric, value) === undefined) {
    throw new InvalidArgumentError(`"${value}" is no value of ${metric}: ${formOf(metric)}.`);
  }
  return [...before, { metric, operator, value, ...partOf(parts) }];
}

function partOf(parts: readonly string[]): { scenario?: string; provider?: string } {
  const of: { scenario?: string; provider?: string } = {};
  for (const part of parts) {
    const at = part.indexOf('=');
    const key = part.slice(0, at) === 'scenario' ? 'scenario' : 'provider';
    const id = part.slice(at + 1).trim();
    if (id === '' || of[key] !== undefined) throw new InvalidArgumentError(`One ${key} must stand behind @${key}=.`);
    of[key] = id;
  }
  return of;
}

function formOf(metric: ThresholdOption['metric']): string {
  if (/^(latency|ttft)_/.test(metric)) return 'it is a duration such as 500ms or 3s';
  return metric === 'total_cost' ? 'it is a number of US dollars' : 'it is a share such as 0.01 or 1%';
}
