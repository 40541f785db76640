/** A load test as JUnit: a test case for each threshold, and one for its end. */
import type { LoadSummary } from '../../core/load/load-summary.js';
import { thresholdText } from '../../core/load/load-words.js';
import type { ThresholdResult } from '../../core/load/thresholds.js';
import type { RunSummary } from '../../core/run.js';
import { arenaProperties } from '../junit-properties.js';
import { plainLine } from '../plain-text.js';
import { attributes, escapeMarkup } from '../xml.js';
import { measuredText, missingSentences } from './words.js';

interface Case {
  name: string;
  tag?: 'failure' | 'error';
  type?: string;
  message?: string;
}

/** The document. Names hold nothing of the run, so a CI's history works. */
export function loadJunit(summary: RunSummary, load: LoadSummary): string {
  const cases = [...load.thresholds.map(thresholdCase), endCase(summary, load)];
  const totals = {
    tests: cases.length,
    failures: cases.filter(({ tag }) => tag === 'failure').length,
    errors: cases.filter(({ tag }) => tag === 'error').length,
    time: Math.max(0, load.seconds).toFixed(3),
  };
  const suite = { name: 'load test', ...totals, timestamp: new Date(summary.startedAt).toISOString() };
  const body = cases.map(caseText).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites${attributes({ name: summary.job, ...totals })}>
  <testsuite${attributes(suite)}>
${arenaProperties(summary)}${body}  </testsuite>
</testsuites>
`;
}

/** `failure` = it does not hold, `error` = nothing was measured that could tell. */
function thresholdCase(threshold: ThresholdResult): Case {
  const name = thresholdText(threshold);
  if (threshold.state === 'passed') return { name };
  if (threshold.state === 'failed') {
    const message = `${name} does not hold: ${measuredText(threshold)} was measured`;
    return { name, tag: 'failure', type: 'threshold_lost', message };
  }
  return { name, tag: 'error', type: 'threshold_unknown', message: `${name}: nothing was measured that could tell` };
}

/** How the test ended as a whole; a lost threshold has its own case. */
function endCase({ phase, reason, message }: RunSummary, load: LoadSummary): Case {
  const name = 'the load test ends as it should';
  if (phase === 'Succeeded' || reason === 'ThresholdsLost') return { name };
  const words = [message, ...missingSentences(load)].join('\n');
  return { name, tag: reason === 'AssertionsFailed' ? 'failure' : 'error', type: reason, message: words };
}

function caseText({ name, tag, type, message = '' }: Case): string {
  const start = attributes({ name: plainLine(name), classname: 'load test' });
  const outcome =
    tag === undefined
      ? ''
      : `      <${tag}${attributes({ type, message: plainLine(message) })}>${escapeMarkup(message)}</${tag}>\n`;
  return `    <testcase${start}>\n${outcome}    </testcase>\n`;
}
