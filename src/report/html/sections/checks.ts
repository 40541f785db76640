import { formatCount, formatRate } from '../../figures.js';
import { escapeMarkup } from '../../xml.js';
import { verdictBar } from '../charts/verdict-bar.js';
import type { CheckTotal, RunTotals } from '../run-totals.js';
import { filterButton } from './filter-button.js';
import { cells, columns, scrollTable, section } from './section.js';

/** How checks, evals and guardrails came out over all conversations; empty where there were none. */
export function checksSection({ checks, evals, guardrails }: RunTotals): string {
  const parts: string[] = [];
  if (checks.size > 0) parts.push(checkTable('Check', [...checks.values()], true));
  if (evals.size > 0) {
    const rows = checkTable('Eval', [...evals.values()], false);
    parts.push(`<h3>Evals</h3><p class="hint">They are reported and decide no verdict.</p>${rows}`);
  }
  if (guardrails.size > 0) {
    const rows = [...guardrails.values()].sort((a, b) => b.fired - a.fired);
    const lines = rows.map(
      ({ name, fired }) => `<tr><th scope="row">${code(name)}</th>${cells([formatCount(fired)])}</tr>`,
    );
    const table = { id: 'checks', className: 'providers narrow', head: columns(['Guardrail', 'Fired']), rows: lines };
    parts.push(`<h3>Guardrails that fired</h3>${scrollTable(table)}`);
  }
  if (parts.length === 0) return '';
  return section({ id: 'checks', title: 'Checks', place: 'checks' }, parts.join('\n'));
}

const code = (text: string): string => `<code>${escapeMarkup(text)}</code>`;

function checkTable(first: string, all: readonly CheckTotal[], chosen: boolean): string {
  const worstFirst = [...all].sort((a, b) => rateOf(a) - rateOf(b));
  const head = columns([first, 'Pass rate', 'Passed', 'Failed', 'Skipped', 'Mean score']);
  const rows = worstFirst.map((one) => {
    const { name, passed, failed, skipped, scores, scored } = one;
    const label =
      chosen && failed > 0 ? filterButton({ reason: name }, `Show where ${name} failed`, code(name)) : code(name);
    const bar = verdictBar({ passed, failed, errored: 0, pending: 0 });
    const rate = `<td><div class="rate-cell"><span>${escapeMarkup(formatRate(passed, passed + failed))}</span>${bar}</div></td>`;
    const mean = scored === 0 ? '–' : (scores / scored).toFixed(2);
    return `<tr><th scope="row">${label}</th>${rate}${cells([formatCount(passed), formatCount(failed), formatCount(skipped), mean])}</tr>`;
  });
  return scrollTable({ id: 'checks', className: 'providers', head, rows });
}

/** Checks that never were judged come last. */
function rateOf({ passed, failed }: CheckTotal): number {
  return passed + failed === 0 ? 2 : passed / (passed + failed);
}
