/** A generated set in words, the same on the terminal and in every report. */
import { type DatasetFigures, type DatasetSummary, LOSS_WORDS } from '../core/datagen/dataset-summary.js';
import { formatCount } from './figures.js';

type Why = keyof DatasetFigures['left'];

export interface Loss {
  why: Why;
  words: string;
  count: number;
}

/** Those that there are. */
export function lossesOf({ left }: Pick<DatasetFigures, 'left'>): Loss[] {
  const all = (Object.keys(LOSS_WORDS) as Why[]).map((why) => ({ why, words: LOSS_WORDS[why], count: left[why] }));
  return all.filter(({ count }) => count > 0);
}

/** `12 gave no valid record, 3 failed their checks`; undefined where every conversation gave a record. */
export function lossesSentence(figures: Pick<DatasetFigures, 'left'>): string | undefined {
  const losses = lossesOf(figures);
  if (losses.length === 0) return undefined;
  return losses.map(({ words, count }) => `${formatCount(count)} ${words}`).join(', ');
}

/** `train`, `validation`, or nothing where there is one set. */
export function setName(set: DatasetSummary['parts'][number]['set']): string {
  return set === 'all' ? '' : set;
}

/** `1.2 MB`, in powers of ten. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value >= 99.5 ? value.toFixed(0) : value.toPrecision(2)} ${units[unit]}`;
}
