/** What a look at a run under way shows, by what kind of run it is. Pure. */
import type { JobResult, Progress } from '../core/run.js';
import { datasetBlock, datasetLine } from './dataset-view.js';
import { loadBlock, loadLine } from './load-view.js';
import type { ProgressPicture } from './progress-tracker.js';
import { progressBlock, progressLine, type ViewOptions } from './progress-view.js';

/** What tells the kinds apart: progress of a run that goes on, or the result of one that has ended. */
export type Kinded = Pick<Progress, 'spent' | 'dataset' | 'load'> | Pick<JobResult, 'dataset' | 'load'>;

/** For a terminal. */
export function liveBlock(run: Kinded, picture: ProgressPicture, options: ViewOptions): string[] {
  const { dataset, load } = run;
  if (load !== undefined) return loadBlock(load, options);
  if (dataset === undefined) return progressBlock(picture, options);
  return datasetBlock({ dataset, picture, spent: 'spent' in run ? run.spent : undefined }, options);
}

/** For logs and pipes. */
export function liveLine(run: Kinded, picture: ProgressPicture, elapsedMs: number): string {
  const { dataset, load } = run;
  if (load !== undefined) return loadLine(load, elapsedMs);
  return dataset === undefined ? progressLine(picture, elapsedMs) : datasetLine({ dataset, picture }, elapsedMs);
}
