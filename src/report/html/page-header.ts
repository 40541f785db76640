import type { RunSummary } from '../../core/run.js';
import { shorten } from '../../core/shorten.js';
import { formatMs, formatTime } from '../figures.js';
import { attributes, escapeMarkup } from '../xml.js';

const MAX_METADATA = 50;

/** Which run it is and how it ended. */
export function pageHeader(summary: RunSummary, includeMetadata: boolean): string {
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
  return `${headerStart(summary)}
<p class="lead">${escapeMarkup(summary.message)}</p>
<dl class="facts">${list}</dl>
</header>
<nav id="contents" aria-label="Sections" hidden></nav>`;
}

/** The same on a page that holds more conversations of the run. */
export function partHeader(summary: RunSummary, number: number, mainFile: string): string {
  return `${headerStart(summary)}
<p class="lead">Part ${number}: conversations that <a${attributes({ href: mainFile })}>${escapeMarkup(mainFile)}</a> leaves out, in the order of the plan. That page has the figures of the whole run.</p>
</header>`;
}

function headerStart({ job, phase }: RunSummary): string {
  return `<header class="top">
<div class="title">
<h1>${escapeMarkup(job)}</h1>
<span class="badge ${phase.toLowerCase()}">${phase}</span>
<button type="button" id="theme" hidden></button>
</div>`;
}

/** What the Arena file says about itself. */
function arenaFacts({ bundle: { namespace, labels = {}, annotations = {} } }: RunSummary): [string, string][] {
  const own = [...Object.entries(labels), ...Object.entries(annotations)].slice(0, MAX_METADATA);
  const facts = own.map(([key, value]): [string, string] => [shorten(key, 100), shorten(value, 300)]);
  return namespace === undefined ? facts : [['Namespace', namespace], ...facts];
}
