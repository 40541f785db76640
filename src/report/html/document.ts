import type { RunSummary } from '../../core/run.js';
import { shorten } from '../../core/shorten.js';
import { formatCount, formatMs, formatTime } from '../figures.js';
import type { ReportOptions } from '../report-options.js';
import { attributes, escapeMarkup } from '../xml.js';
import { overview } from './overview.js';
import type { PageAssets } from './page-assets.js';
import { matrixTable, providerTable } from './tables.js';
import { trialTables } from './trial-tables.js';

const MAX_OPTIONS = 1000;
const MAX_WARNINGS = 50;
const MAX_METADATA = 50;

/** Everything before the conversations. */
export function pageStart(
  summary: RunSummary,
  options: NonNullable<ReportOptions['html']>,
  { style, policy }: PageAssets,
): string {
  const title = escapeMarkup(`${summary.job}: ${summary.phase}`);
  return `<!doctype html>
<html lang="en"${attributes({ 'data-theme': options.theme })}>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeMarkup(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<a class="skip" href="#conversations">Skip to conversations</a>
${header(summary, options.includeMetadata ?? true)}
<main>
${overview(summary)}
${warnings(summary.warnings)}
${matrixTable(summary)}
${providerTable(summary)}
${trialTables(summary)}
${conversations(summary)}
</main>
`;
}

/** Everything after them. */
export function pageEnd(script: string): string {
  return `<script>${script}</script>\n</body>\n</html>\n`;
}

function header(summary: RunSummary, includeMetadata: boolean): string {
  const facts: [string, string][] = [
    ['Started', formatTime(summary.startedAt)],
    ['Took', formatMs(summary.endedAt - summary.startedAt)],
    ['Bundle', summary.bundle.name],
  ];
  if (includeMetadata) {
    facts.push(['Run', summary.run], ['Digest', summary.bundle.digest.slice(0, 12)], ['Source', summary.bundle.source]);
    if (summary.retryOf) facts.push(['Retry of', summary.retryOf]);
    facts.push(...arenaFacts(summary));
  }
  const list = facts
    .map(([name, value]) => `<div><dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd></div>`)
    .join('');
  return `<header class="top">
<div class="title">
<h1>${escapeMarkup(summary.job)}</h1>
<span class="badge ${summary.phase.toLowerCase()}">${summary.phase}</span>
<button type="button" id="theme" hidden></button>
</div>
<p class="lead">${escapeMarkup(summary.message)}</p>
<dl class="facts">${list}</dl>
</header>`;
}

/** What the Arena file says about itself. */
function arenaFacts({ bundle: { namespace, labels = {}, annotations = {} } }: RunSummary): [string, string][] {
  const own = [...Object.entries(labels), ...Object.entries(annotations)].slice(0, MAX_METADATA);
  const facts = own.map(([key, value]): [string, string] => [shorten(key, 100), shorten(value, 300)]);
  return namespace === undefined ? facts : [['Namespace', namespace], ...facts];
}

function warnings(all: readonly string[]): string {
  if (all.length === 0) return '';
  const items = all.slice(0, MAX_WARNINGS).map((text) => `<li>${escapeMarkup(text)}</li>`);
  if (all.length > MAX_WARNINGS)
    items.push(`<li>and ${formatCount(all.length - MAX_WARNINGS)} more in summary.json</li>`);
  return `<section class="warnings" aria-label="Warnings"><h2>Warnings</h2><ul>${items.join('')}</ul></section>`;
}

function select(id: string, label: string, keys: readonly string[]): string {
  const options = keys
    .slice(0, MAX_OPTIONS)
    .map((key) => `<option${attributes({ value: key })}>${escapeMarkup(key)}</option>`);
  return `<label>${label} <select id="${id}"><option value="">All</option>${options.join('')}</select></label>`;
}

function conversations(summary: RunSummary): string {
  const { counts } = summary;
  const toggle = (verdict: string, label: string, count: number): string =>
    `<button type="button" class="toggle ${verdict}" data-verdict="${verdict}" aria-pressed="false">${label} <b>${formatCount(count)}</b></button>`;
  const verdicts = [
    toggle('passed', 'Passed', counts.passed),
    toggle('failed', 'Failed', counts.failed),
    toggle('errored', 'Errors', counts.errored),
  ];
  return `<section id="conversations" aria-labelledby="conversations-title" data-ended="${counts.passed + counts.failed + counts.errored}">
<h2 id="conversations-title">Conversations</h2>
<noscript><p>The list of conversations needs JavaScript; the same data stands in results.jsonl.</p></noscript>
<form class="filters" id="filters" role="search" hidden>
<fieldset><legend>Verdict</legend>${verdicts.join('')}</fieldset>
${select(
  'scenario',
  'Scenario',
  summary.scenarios.map((one) => one.key),
)}
${select(
  'provider',
  'Provider',
  summary.providers.map((one) => one.key),
)}
<label>Order <select id="order"><option value="failures">Failures first</option><option value="plan">As planned</option><option value="slow">Slowest first</option><option value="costly">Most expensive first</option></select></label>
<label class="search">Text <input id="text" type="search" autocomplete="off" spellcheck="false" placeholder="Search everything"></label>
<button type="reset">Clear</button>
</form>
<p class="status"><span id="count" role="status"></span> <span class="keys" hidden><kbd>j</kbd> <kbd>k</kbd> next, previous · <kbd>/</kbd> search</span></p>
<p id="notice" class="notice" hidden></p>
<div class="panes">
<nav aria-label="List of conversations"><ol id="rows"></ol><button type="button" id="more" hidden></button></nav>
<article id="reader" tabindex="-1" aria-label="Conversation"></article>
</div>
</section>`;
}
