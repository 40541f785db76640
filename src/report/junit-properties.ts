/** The `properties` of JUnit: what a CI shows beside a test. */
import type { AssertionResult, ConversationRecord, JsonValue } from '../core/conversation.js';
import type { RunSummary } from '../core/run.js';
import { shorten } from '../core/shorten.js';
import { attributes } from './xml.js';

type Values = [name: string, value: string | number | undefined][];

/** Longest name and value, in UTF-16 units: labels and annotations are the author's and may be long. */
const MAX_NAME = 200;
const MAX_VALUE = 1000;

/** What the Arena file says about itself, for each suite. */
export function arenaProperties({ bundle }: RunSummary): string {
  const { namespace, labels, annotations } = bundle;
  const values: Values = [['namespace', namespace], ...named('label', labels), ...named('annotation', annotations)];
  return properties(values, '    ');
}

export function caseProperties(record: ConversationRecord): string {
  const judged = record.assertions.filter((one) => !one.skipped);
  return properties(
    [
      ['provider', record.provider],
      ['heldBy', record.heldBy],
      ['region', record.region],
      ['trial', record.trial],
      ...named('perturbation', record.perturbation),
      ['tolerated', record.tolerated && 'true'],
      ['attempt', record.attempt],
      ['reused', record.reused && 'true'],
      ['restarted', record.restarted && 'true'],
      ['calls', record.calls],
      ['inputTokens', record.usage.inputTokens],
      ['outputTokens', record.usage.outputTokens],
      ['costUsd', money(record.costUsd)],
      ['cached.calls', record.cached?.calls],
      ['cached.savedUsd', money(record.cached?.savedUsd)],
      ['assertions.passed', judged.filter((one) => one.passed).length],
      ['assertions.failed', judged.filter((one) => !one.passed).length],
      ['violations', record.violations.length],
      ['judging.calls', record.judging?.calls],
      ['judging.costUsd', money(record.judging?.costUsd)],
      ...(record.evals ?? []).flatMap(evalValue),
      ['mode', record.mode],
      ['tags', record.tags?.join(' ')],
      ...named('label', record.labels),
      ...named('annotation', record.annotations),
    ],
    '      ',
  );
}

/** `eval.brand-voice` = `passed, score 0.8`. */
function evalValue({ evalId, type, passed, skipped, score }: AssertionResult): Values {
  const verdict = skipped ? 'skipped' : passed ? 'passed' : 'failed';
  return [[`eval.${evalId ?? type}`, score === undefined ? verdict : `${verdict}, score ${score}`]];
}

function named(kind: string, map: { [key: string]: JsonValue } | undefined): Values {
  return Object.entries(map ?? {}).map(([key, value]) => [
    `${kind}.${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
}

/** Sums of fractions carry noise in their last digits. */
function money(usd: number | undefined): number | undefined {
  return usd === undefined ? undefined : Number(usd.toPrecision(12));
}

function properties(values: Values, indent: string): string {
  const rows = values.flatMap(([name, value]) => {
    if (value === undefined) return [];
    const short = typeof value === 'string' ? shorten(value, MAX_VALUE) : value;
    return [`${indent}  <property${attributes({ name: shorten(name, MAX_NAME), value: short })}/>\n`];
  });
  return rows.length === 0 ? '' : `${indent}<properties>\n${rows.join('')}${indent}</properties>\n`;
}
