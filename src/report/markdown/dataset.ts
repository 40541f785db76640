/** Sections of report.md for a generated data set. */
import { type DatasetSummary, lookedAt } from '../../core/datagen/dataset-summary.js';
import type { RunSummary } from '../../core/run.js';
import { formatBytes, lossesOf, setName } from '../dataset-words.js';
import { formatCost, formatCount, formatMs, formatRate, formatTime } from '../figures.js';
import { codeSpan, table } from './markdown-text.js';
import { warningList } from './sections.js';

const MAX_FILES = 50;
const MAX_ROWS = 50;

export function datasetSections(summary: RunSummary, dataset: DatasetSummary): string[] {
  const { scenarios, providers, duplicates } = dataset;
  const sections = [overview(summary, dataset), files(dataset), losses(dataset)];
  sections.push(shares('Scenario', scenarios, dataset.records), shares('Provider', providers, dataset.records));
  if (duplicates.length > 0) sections.push(pairs(dataset));
  return sections.filter((one) => one !== '');
}

function overview(summary: RunSummary, dataset: DatasetSummary): string {
  const { count, records, rounds, seed } = dataset;
  const rows: [string, string][] = [
    ['Records', `${formatCount(records)} of ${formatCount(count)}`],
    ['Conversations', formatCount(lookedAt(dataset))],
    ['Rounds', formatCount(rounds)],
    ['Seed', String(seed)],
    ['Cost', formatCost(summary.costUsd)],
    ['Duration', formatMs(summary.endedAt - summary.startedAt)],
    ['Started', formatTime(summary.startedAt)],
    ['Bundle', `${codeSpan(summary.bundle.name)} ${codeSpan(summary.bundle.digest.slice(0, 12))}`],
    ['Run', codeSpan(summary.run)],
  ];
  return `## Overview\n\n${table(['', 'Value'], rows)}${warningList(summary.warnings)}`;
}

function files({ parts }: DatasetSummary): string {
  if (parts.length === 0) return '';
  const rows = parts
    .slice(0, MAX_FILES)
    .map(({ path, set, records, bytes, sha256 }) => [
      codeSpan(path),
      setName(set),
      formatCount(records),
      formatBytes(bytes),
      codeSpan(sha256),
    ]);
  const more = parts.length > MAX_FILES ? `\n${parts.length - MAX_FILES} more stand in dataset.json.\n` : '';
  return `## Files\n\n${table(['File', 'Set', 'Records', 'Size', 'SHA-256'], rows)}${more}`;
}

function losses(dataset: DatasetSummary): string {
  const found = lossesOf(dataset);
  if (found.length === 0) return '';
  const all = lookedAt(dataset);
  const rows = found.map(({ words, count }) => [words, formatCount(count), formatRate(count, all)]);
  const reasons = dataset.reasons.map(({ message, count }) => [codeSpan(message, 300), formatCount(count)]);
  const why = reasons.length === 0 ? '' : `\n${table(['Why records were not valid', 'Records'], reasons)}`;
  return `## Left out\n\n${table(['Conversations that', 'Number', 'Of all'], rows)}${why}`;
}

function shares(of: string, all: DatasetSummary['scenarios'], records: number): string {
  if (all.length === 0) return '';
  const rows = all
    .slice(0, MAX_ROWS)
    .map((one) => [codeSpan(one.key), formatCount(one.records), formatRate(one.records, records)]);
  return `## By ${of.toLowerCase()}\n\n${table([of, 'Records', 'Share'], rows)}`;
}

function pairs({ duplicates }: DatasetSummary): string {
  const rows = duplicates.map(({ kept, left, similarity }) => [
    codeSpan(kept),
    codeSpan(left),
    formatRate(similarity, 1),
  ]);
  return `## Near duplicates\n\nSome of them.\n\n${table(['Kept', 'Left out', 'Shared word sequences'], rows)}`;
}
