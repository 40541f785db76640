import type { LoadSummary } from '../../../core/load/load-summary.js';
import { formatCost, formatCount } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { section } from '../sections/section.js';

/** What might be used, and what was; empty where no budget was set. */
export function budgetSection({ budget }: LoadSummary): string {
  if (budget === undefined) return '';
  const { usd, tokens, usedUsd, usedTokens, reached } = budget;
  const rows: string[] = [];
  if (usd !== undefined) {
    rows.push(budgetRow('US dollars', `${formatCost(usedUsd)} of ${formatCost(usd)}`, usedUsd, usd));
  }
  if (tokens !== undefined) {
    rows.push(budgetRow('Tokens', `${formatCount(usedTokens)} of ${formatCount(tokens)}`, usedTokens, tokens));
  }
  const hint = reached
    ? 'It was used up: nothing more began then, and what was in flight went on.'
    : 'It was not used up.';
  return section({ id: 'budget', title: 'Budget', hint }, `<ul class="budget">${rows.join('')}</ul>`);
}

function budgetRow(name: string, words: string, used: number | undefined, limit: number): string {
  const percent = used === undefined || limit === 0 ? 0 : Math.min(100, (100 * used) / limit);
  const bar = `<svg class="share" width="100%" height="8" aria-hidden="true"><rect width="${percent.toFixed(2)}%" height="8" rx="4"/></svg>`;
  return `<li class="${percent >= 100 ? 'full' : 'left'}"><b>${name}</b> ${escapeMarkup(words)}${bar}</li>`;
}
