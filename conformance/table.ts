import type { BundleReport } from './compare-bundle.js';

const HEAD = ['bundle', 'runs', 'verdicts', 'messages', 'assertions', 'waived', 'differences'];

/** One line a bundle, one for the sum. */
export function formatTable(reports: readonly BundleReport[]): string {
  const sum = (pick: (report: BundleReport) => number): number =>
    reports.reduce((total, each) => total + pick(each), 0);
  const rows = reports.map((report) => [
    report.bundle,
    report.runs,
    report.verdictsEqual,
    report.messagesEqual,
    report.assertionsEqual,
    report.waived,
    report.differences.length,
  ]);
  const total = [
    `${reports.length} bundles`,
    sum((each) => each.runs),
    sum((each) => each.verdictsEqual),
    sum((each) => each.messagesEqual),
    sum((each) => each.assertionsEqual),
    sum((each) => each.waived),
    sum((each) => each.differences.length),
  ];
  const cells = [HEAD, ...rows, total].map((row) => row.map(String));
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(cells[0] ?? []), rule, ...cells.slice(1, -1).map(line), rule, line(cells.at(-1) ?? [])].join('\n');
}
