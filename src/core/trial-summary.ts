/** How conversations that repeat one another came out: the shapes that summary and reports share. */
import type { JsonValue, Verdict } from './conversation.js';

/** Part of a run's summary where a scenario has trials or perturbations. */
export interface TrialSummary {
  /** Groups of more than one trial by how they ended, as far as any has; a flaky one has passed and failed trials. */
  groups: { total: number; passed: number; failed: number; errored: number; flaky: number };
  /** At most 1,000: those that did not pass, then the flaky ones, then the rest. */
  table: TrialGroup[];
  /** How much a scenario's perturbations matter, by scenario, provider and region; at most 1,000, the most sensitive first. */
  sensitivity: Sensitivity[];
}

/** The trials of one scenario with one provider, in one region and one variant. */
export interface TrialGroup {
  /** `scenario/provider[/region][/vN]`, N being the variant, or `eval/eval[/recording]`. */
  key: string;
  scenario: string;
  provider: string;
  /** The variant of a scenario with perturbations, value by key. */
  perturbation?: { [key: string]: JsonValue };
  /** Failed = a trial failed and no pass_threshold allows for it; else errored = a trial could not be held. */
  verdict: Verdict;
  /** Planned. */
  trials: number;
  passed: number;
  failed: number;
  errored: number;
  /** Of the failed ones those that the pass_threshold of their checks allows for. */
  tolerated: number;
  /** passed / (passed + failed + errored) */
  passRate: number;
  flaky?: true;
  /** Checks with a pass_threshold, as the trials came to them. */
  checks?: CheckRate[];
}

/** How often a check passed within a group. */
export interface CheckRate {
  type: string;
  /** file:line:col in the bundle. */
  source?: string;
  /** Share of the trials in which it must pass, 0..1. */
  threshold: number;
  passed: number;
  /** Trials that came to it; a trial that ended before, or whose condition was not met, does not count. */
  judged: number;
  /** passed / judged is at least the threshold. */
  holds: boolean;
}

/** Pass rates by variant of one scenario with one provider in one region. */
export interface Sensitivity {
  /** `scenario/provider[/region]` */
  key: string;
  scenario: string;
  provider: string;
  variants: number;
  /** Lowest and highest pass rate of a variant, 0..1. */
  lowest: number;
  highest: number;
  /** highest − lowest: 0 = the wording made no difference. */
  spread: number;
  /** By each value that the scenario varies, over all variants that hold it; at most 100. */
  values: { key: string; value: JsonValue; passed: number; ended: number; passRate: number }[];
}
