import type { RunSummary, Tally } from '../../../core/run.js';
import { formatCount, formatInterval, formatRate } from '../../figures.js';
import { matrixOf, notPassed } from '../../matrix.js';
import { escapeMarkup } from '../../xml.js';
import { filterButton, type Picked } from './filter-button.js';
import { scrollTable, section } from './section.js';

const MAX_SCENARIOS = 500;
const MAX_PROVIDERS = 60;

const MARKS: { [share: string]: string } = { all: '✓', within: '≈', none: '✗', some: '◐', errored: '!', pending: '·' };

function share(cell: Tally): string {
  if (cell.errored > 0 && cell.passed === 0 && cell.failed === 0) return 'errored';
  const ended = cell.passed + cell.failed + cell.errored;
  if (ended === 0) return 'pending';
  if (cell.passed === ended) return 'all';
  if (notPassed(cell) === 0) return 'within';
  return cell.passed === 0 ? 'none' : 'some';
}

function cellHtml(picked: Picked, name: string, cell: Tally | undefined, extra = ''): string {
  if (!cell) return `<td class="empty"><span class="unseen">not planned</span></td>`;
  const ended = cell.passed + cell.failed + cell.errored;
  const within = cell.tolerated ? ` (${cell.tolerated} within a pass_threshold)` : '';
  const interval = ended > 1 ? formatInterval(cell.passed, ended) : undefined;
  const likely = interval === undefined ? '' : `, 95 % interval ${interval}`;
  const label = `${name}: ${cell.passed} of ${ended} passed, ${cell.failed} failed${within}, ${cell.errored} errors${likely}`;
  const kind = share(cell);
  const rate =
    interval === undefined
      ? ''
      : `<small>${escapeMarkup(formatRate(cell.passed, ended))} <span>(${escapeMarkup(interval)})</span></small>`;
  const text = `<span aria-hidden="true">${MARKS[kind] ?? ''}</span> ${cell.passed}/${cell.total}${rate}`;
  return `<td class="cell ${kind}${extra}">${filterButton(picked, label, text)}</td>`;
}

/** Scenarios × providers; each cell sets the filters of the list. */
export function matrixSection(summary: RunSummary): string {
  const matrix = matrixOf(summary, MAX_SCENARIOS, MAX_PROVIDERS);
  const whole = new Map(summary.scenarios.map((one) => [one.key, one]));
  // With one provider the sum of a row says what its only cell says.
  const hasSums = matrix.providers.length > 1;
  const heads = matrix.providers.map(
    (one) => `<th scope="col">${filterButton({ provider: one }, `Show ${one}`, escapeMarkup(one))}</th>`,
  );
  if (hasSums) heads.push(`<th scope="col">${filterButton({}, 'Show all', 'All providers')}</th>`);
  const rows = matrix.rows.map(({ scenario, cells }) => {
    const label = filterButton({ scenario }, `Show ${scenario}`, escapeMarkup(scenario));
    const tds = cells.map((cell, index) => {
      const provider = matrix.providers[index] ?? '';
      return cellHtml({ scenario, provider }, `${scenario} with ${provider}`, cell);
    });
    if (hasSums) tds.push(cellHtml({ scenario }, `${scenario} with all providers`, whole.get(scenario), ' sum'));
    return `<tr><th scope="row">${label}</th>${tds.join('')}</tr>`;
  });
  const omitted: string[] = [];
  if (matrix.omittedScenarios > 0) omitted.push(`${formatCount(matrix.omittedScenarios)} scenarios`);
  if (matrix.omittedProviders > 0) omitted.push(`${formatCount(matrix.omittedProviders)} providers`);
  const note =
    omitted.length > 0 ? `\n<p class="notice">${omitted.join(' and ')} left out; failing ones come first.</p>` : '';
  const repeated = summary.cells.some((cell) => cell.total > 1);
  const meaning = repeated ? 'Passed of all, the rate and its 95 % interval.' : 'Passed of all.';
  const hint = `${meaning} Choose a cell, a scenario or a provider to see its conversations.`;
  const table = { id: 'matrix', className: 'matrix', head: `<td></td>${heads.join('')}`, rows };
  return section({ id: 'matrix', title: 'Scenarios × providers', hint }, scrollTable(table) + note);
}
