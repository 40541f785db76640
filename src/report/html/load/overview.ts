import type { LoadLatency, LoadSummary } from '../../../core/load/load-summary.js';
import { TARGET_UNIT } from '../../../core/load/load-words.js';
import { peakOfSeries } from '../../../core/load/timeline.js';
import type { RunSummary } from '../../../core/run.js';
import { formatCost, formatCount, formatMs, formatRate } from '../../figures.js';
import { endedOf, formatPace, holdText, missingSentences } from '../../load/words.js';
import { escapeMarkup } from '../../xml.js';
import { verdictBar } from '../charts/verdict-bar.js';
import { section } from '../sections/section.js';
import { tile } from '../sections/tile.js';
import { lamps } from './thresholds.js';

/** Target against what was made, and the figures one looks for first. */
export function loadOverview(summary: RunSummary, load: LoadSummary): string {
  const { all, requests, conversations, budget } = load;
  const { latency, ttft, usage, costUsd } = all;
  const ended = endedOf(all);
  const limited = requests.rateLimited > 0 ? `${formatCount(requests.rateLimited)} of them rate-limited` : '';
  const tails = latency.count === 0 ? '' : middle(latency);
  const each = costUsd === undefined ? unknownCost(summary) : ended > 1 ? `${formatCost(costUsd / ended)} each` : '';
  const missing = missingSentences(load).map((sentence) => `<li>${escapeMarkup(sentence)}</li>`);
  const body = `<div class="rate">
<p class="big">${headFigure(load)}</p>
<div class="rate-body">${conversationBar(conversations)}<ul class="legend">${legend(conversations)}</ul></div>
</div>
<dl class="tiles four">
${tile('Took', formatMs(load.seconds * 1000), workers(load))}
${tile('Requests', formatCount(requests.ended), `${formatPace(load.rps)} a second on the whole`)}
${tile('Failed requests', formatRate(requests.failed, requests.ended), requests.failed > 0 ? formatCount(requests.failed) : '', limited)}
${tile('Latency, p95', formatMs(latency.p95Ms), tails, latency.p999Ms === undefined ? '' : `p99.9\u00a0${formatMs(latency.p999Ms)}`)}
${ttft === undefined ? '' : tile('First token, p95', formatMs(ttft.p95Ms), middle(ttft))}
${load.model === 'open' ? tile('Late starts, p99', formatMs(load.late.p99Ms), `at most ${formatMs(load.late.maxMs)}`) : ''}
${tile('Cost', formatCost(costUsd), each, budget?.usd === undefined ? '' : `budget ${formatCost(budget.usd)}`)}
${tile('Tokens, in → out', `${formatCount(usage.inputTokens)} → ${formatCount(usage.outputTokens)}`)}
</dl>
${lamps(load.thresholds)}${missing.length === 0 ? '' : `<ul class="missing">${missing.join('')}</ul>`}`;
  const words = load.thresholds.length === 0 ? undefined : `Thresholds: ${holdText(load.thresholds)}.`;
  return section({ id: 'overview', title: 'Overview', hint: words }, body);
}

/** Breaks between the two, if at all. */
const middle = ({ p50Ms, p99Ms }: LoadLatency): string => `p50\u00a0${formatMs(p50Ms)} · p99\u00a0${formatMs(p99Ms)}`;

function unknownCost({ calls, metrics }: RunSummary): string {
  const isTold = metrics === undefined || metrics.includes('cost');
  return isTold && calls > 0 ? 'not all prices are known' : '';
}

const workers = ({ lanes }: LoadSummary): string => `on ${formatCount(lanes)} ${lanes === 1 ? 'worker' : 'workers'}`;

/** What was made while the target was highest. */
function headFigure(load: LoadSummary): string {
  const peak = peakOfSeries(load);
  if (peak === undefined) return `0<span>${TARGET_UNIT[load.model]}</span>`;
  const held = formatMs(peak.seconds * 1000);
  if (load.model === 'open') {
    return `${formatPace(peak.rps)}<span>of ${formatPace(peak.target)} requests a second</span><small>sent against target, in the ${held} in which it was highest</small>`;
  }
  return `${formatPace(peak.rps)}<span>requests a second</span><small>by ${formatPace(peak.open)} of ${formatPace(peak.target)} virtual users, in the ${held} in which they were most</small>`;
}

type Conversations = LoadSummary['conversations'];

function conversationBar({ passed, failed, errored, dropped, interrupted, unknown }: Conversations): string {
  return verdictBar({ passed, failed, errored, pending: dropped + interrupted + unknown });
}

function legend({ passed, failed, errored, dropped, interrupted, unknown }: Conversations): string {
  const all: [look: string, label: string, count: number, always?: true][] = [
    ['passed', passed === 1 ? 'conversation passed' : 'conversations passed', passed, true],
    ['failed', 'failed', failed, true],
    ['errored', 'errors', errored],
    ['pending', 'dropped', dropped],
    ['pending', 'cut off', interrupted],
    ['pending', 'unknown', unknown],
  ];
  const shown = all.filter(([, , count, always]) => always || count > 0);
  return shown.map(([look, label, count]) => `<li class="${look}"><b>${formatCount(count)}</b> ${label}</li>`).join('');
}
