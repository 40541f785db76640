import { attributes, escapeMarkup } from '../../xml.js';

const MAX_OPTIONS = 1000;

const ORDERS: [value: string, label: string][] = [
  ['failures', 'Failures first'],
  ['plan', 'As planned'],
  ['scenario', 'Scenario'],
  ['provider', 'Provider'],
  ['slow', 'Slowest first'],
  ['fast', 'Fastest first'],
  ['costly', 'Most expensive first'],
  ['cheap', 'Cheapest first'],
  ['tokens', 'Most tokens first'],
];

function optionsOf(all: readonly [value: string, label: string][]): string {
  return all.map(([value, label]) => `<option${attributes({ value })}>${escapeMarkup(label)}</option>`).join('');
}

function select(id: string, label: string, keys: readonly string[]): string {
  const options = optionsOf(keys.slice(0, MAX_OPTIONS).map((key) => [key, key]));
  return `<label>${label} <select id="${id}"><option value="">All</option>${options}</select></label>`;
}

export interface ConversationsText {
  title: string;
  /** One sentence on which they are. */
  hint?: string;
  /** What the filters offer. */
  scenarios: readonly string[];
  providers: readonly string[];
  /** Conversations of the run, where the page is to hold all of them or say which it leaves out. */
  ended?: number;
}

/** The list of conversations and the reader beside it; the page's script fills both. */
export function conversationsSection({ title, hint, scenarios, providers, ended }: ConversationsText): string {
  const toggle = (verdict: string, label: string): string =>
    `<button type="button" class="toggle ${verdict}" data-verdict="${verdict}" aria-pressed="false">${label} <b></b></button>`;
  const verdicts = [toggle('passed', 'Passed'), toggle('failed', 'Failed'), toggle('errored', 'Errors')];
  const words = hint === undefined ? '' : `\n<p class="hint">${escapeMarkup(hint)}</p>`;
  return `<section id="conversations" aria-labelledby="conversations-title"${attributes({ 'data-ended': ended })}>
<h2 id="conversations-title" tabindex="-1">${escapeMarkup(title)}</h2>${words}
<noscript><p>The list of conversations needs JavaScript; the same data stands in results.jsonl.</p></noscript>
<form class="filters" id="filters" role="search" aria-label="Conversations" hidden>
<label class="search">Search <input id="text" type="search" autocomplete="off" spellcheck="false" placeholder="Everything that was said" aria-keyshortcuts="/"></label>
<fieldset><legend>Verdict</legend>${verdicts.join('')}<button type="button" class="toggle flaky" id="flaky" aria-pressed="false" title="Trials of one conversation that came out differently" hidden>Flaky <b></b></button></fieldset>
${select('scenario', 'Scenario', scenarios)}
${select('provider', 'Provider', providers)}
<label hidden>Failed at <select id="reason"><option value="">Anything</option></select></label>
<label hidden>With <select id="mark"><option value="">Anything</option></select></label>
<label>Order <select id="order">${optionsOf(ORDERS)}</select></label>
<button type="reset">Clear</button>
</form>
<div class="status"><span id="count" role="status"></span><span class="keys" hidden><kbd>/</kbd> search · <kbd>j</kbd> <kbd>k</kbd> next, previous · <kbd>Esc</kbd> back to the list</span><button type="button" id="export" hidden>Save as CSV</button></div>
<p id="notice" class="notice" hidden></p>
<div class="panes">
<nav aria-label="List of conversations"><ol id="rows"></ol></nav>
<article id="reader" tabindex="-1" aria-label="Conversation"></article>
</div>
</section>`;
}
