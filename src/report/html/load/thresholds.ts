import type { LoadSummary } from '../../../core/load/load-summary.js';
import { ruleText, thresholdText } from '../../../core/load/load-words.js';
import type { ThresholdResult, ThresholdState } from '../../../core/load/thresholds.js';
import { formatCount, formatMs } from '../../figures.js';
import { measuredText, STATE_WORDS } from '../../load/words.js';
import { escapeMarkup } from '../../xml.js';
import { columns, scrollTable, section } from '../sections/section.js';

/** Lamps of the overview; all thresholds stand in their table. */
const MAX_LAMPS = 12;

/** State as the other verdicts of the page look: a mark and a word beside the colour. */
const LOOKS: { [State in ThresholdState]: [look: string, mark: string] } = {
  passed: ['passed', '✓'],
  failed: ['failed', '✗'],
  unknown: ['errored', '?'],
};

function lamp({ state }: ThresholdResult): string {
  const [look, mark] = LOOKS[state];
  return `<span class="lamp ${look}"><span aria-hidden="true">${mark}</span> ${STATE_WORDS[state]}</span>`;
}

/** Thresholds at a glance, those that are lost first; empty where there are none. */
export function lamps(thresholds: readonly ThresholdResult[]): string {
  if (thresholds.length === 0) return '';
  const items = lostFirst(thresholds)
    .slice(0, MAX_LAMPS)
    .map(
      (one) =>
        `<li>${lamp(one)} <code>${escapeMarkup(thresholdText(one))}</code> <span class="measured">${escapeMarkup(measuredText(one))}</span></li>`,
    );
  const more = thresholds.length - MAX_LAMPS;
  if (more > 0) items.push(`<li class="measured">${formatCount(more)} more below</li>`);
  return `<ul class="lamps" aria-label="Thresholds">${items.join('')}</ul>\n`;
}

/** Every threshold with what was measured; empty where there are none. */
export function thresholdsSection({ thresholds }: LoadSummary): string {
  if (thresholds.length === 0) return '';
  const rows = lostFirst(thresholds).map((one) => {
    const of = [one.scenario ?? 'all', one.provider ?? 'all'].map((name) => `<td>${escapeMarkup(name)}</td>`);
    const measured = `<td>${escapeMarkup(measuredText(one))}</td>`;
    const required = `<th scope="row"><code>${escapeMarkup(ruleText(one))}</code></th>`;
    return `<tr>${required}<td>${lamp(one)}</td>${measured}${of.join('')}<td>${escapeMarkup(whenLost(one))}</td></tr>`;
  });
  const head = columns(['Threshold', 'Verdict', 'Measured', 'Scenario', 'Provider', 'When lost']);
  const hint = 'Over the whole test. One that could not be measured does not hold.';
  const table = scrollTable({ id: 'thresholds', className: 'providers thresholds', head, rows });
  return section({ id: 'thresholds', title: 'Thresholds', hint }, table);
}

function whenLost({ abortOnFail, graceMs }: ThresholdResult): string {
  if (abortOnFail !== true) return 'the test goes on';
  return graceMs ? `ends the test after ${formatMs(graceMs)}` : 'ends the test';
}

function lostFirst(thresholds: readonly ThresholdResult[]): ThresholdResult[] {
  const rank = ({ state }: ThresholdResult): number => ['failed', 'unknown', 'passed'].indexOf(state);
  return [...thresholds].sort((a, b) => rank(a) - rank(b));
}
