/** What of the settings of a load test cannot be, told before anything is called. */

import { parseDurationMs } from '../core/duration.js';
import type { LoadCell } from '../core/load/load-plan.js';
import { type Threshold, thresholdValue } from '../core/load/thresholds.js';
import type { JobInput } from '../schema/job.js';
import type { LoadTestInput } from '../schema/load-test.js';
import type { ProviderSpec } from '../schema/provider.js';
import type { Bundle } from './bundle.js';
import type { Fault } from './fault.js';
import { paidBy, tellsFirstToken } from './load-cells.js';
import { hintFor } from './suggest.js';

export interface LoadQuestion {
  /** As it runs: providers that stand in for others in their places. */
  bundle: Bundle;
  input: Pick<JobInput, 'trials' | 'mockProvider'>;
  settings: LoadTestInput;
  cells: readonly LoadCell[];
  /** Whether it is known what a provider's answers cost. */
  isPriced(provider: ProviderSpec): boolean;
}

/** A fault of the job's input: its path stands in the place of the file. */
export function inputFault(path: string, message: string, hint?: string): Fault {
  return { severity: 'error', file: path, message, ...(hint === undefined ? {} : { hint }) };
}

/** Settings that mean nothing beside each other, whatever the bundle. `open`: requests a second are the target. */
export function settingsFaults(settings: LoadTestInput, open: boolean, endsWithTrials: boolean): Fault[] {
  const { stages, thinkTime, budget, weights } = settings;
  const faults: Fault[] = [];
  const add = (field: string, message: string, hint: string) =>
    faults.push(inputFault(`loadTest.${field}`, message, hint));
  if (settings.rampUp !== undefined && settings.ramp?.up !== undefined) {
    add('ramp.up', 'says the same as rampUp', 'write one of them');
  }
  if (stages !== undefined && settings.concurrency !== undefined) {
    add('concurrency', 'cannot stand beside stages, which say all of it', 'write users as targets of stages');
  }
  if (stages !== undefined && open && settings.vusPerWorker !== undefined) {
    add('vusPerWorker', 'is for closed tests', 'write model: closed, or maxInFlight');
  }
  if (!open && settings.maxInFlight !== undefined) {
    add('maxInFlight', 'is for open tests: users of a closed one hold one conversation each', 'leave it out');
  }
  if (!open && settings.arrivals !== undefined) {
    add('arrivals', 'is for open tests: users of a closed one begin when they are free', 'leave it out');
  }
  if (endsWithTrials && weights !== undefined) {
    add('weights', 'cannot be kept where each cell has its trials', 'write duration');
  }
  if (budget !== undefined && budget.usd === undefined && budget.tokens === undefined) {
    add('budget', 'names neither usd nor tokens', 'write one of them');
  }
  if (typeof thinkTime === 'object' && msOf(thinkTime.min) > msOf(thinkTime.max)) {
    add('thinkTime.min', 'is longer than max', 'swap them');
  }
  return faults;
}

/** Names, values and measures that the matrix cannot give. */
export function measureFaults(question: LoadQuestion): Fault[] {
  const { settings, cells } = question;
  const scenarios = new Set(cells.map(({ scenario }) => scenario));
  const faults = Object.keys(settings.weights ?? {}).flatMap((scenario) =>
    scenarios.has(scenario) ? [] : [unknown(`loadTest.weights.${scenario}`, 'scenario', scenario, scenarios)],
  );
  for (const [place, threshold] of (settings.thresholds ?? []).entries()) {
    faults.push(...thresholdFaults(`loadTest.thresholds[${place}]`, threshold, question));
  }
  if (settings.budget?.usd !== undefined) faults.push(...priceFaults('loadTest.budget.usd', cells, question));
  return faults;
}

type WrittenThreshold = NonNullable<LoadTestInput['thresholds']>[number];

function thresholdFaults(path: string, threshold: WrittenThreshold, question: LoadQuestion): Fault[] {
  const { metric, value, scenario, provider, grace, abortOnFail } = threshold;
  const { cells, bundle, input } = question;
  const faults: Fault[] = [];
  if (thresholdValue(metric, value) === undefined) {
    faults.push(inputFault(`${path}.value`, `"${value}" is no value of ${metric}`, formOf(metric)));
  }
  if (grace !== undefined && abortOnFail !== true) {
    faults.push(inputFault(`${path}.grace`, 'means nothing without abortOnFail', 'write abortOnFail: true'));
  }
  const scenarios = new Set(cells.map((cell) => cell.scenario));
  const providers = new Set(cells.map((cell) => cell.provider));
  const known = faults.length;
  if (scenario !== undefined && !scenarios.has(scenario)) {
    faults.push(unknown(`${path}.scenario`, 'scenario', scenario, scenarios));
  }
  if (provider !== undefined && !providers.has(provider)) {
    faults.push(unknown(`${path}.provider`, 'provider', provider, providers));
  }
  if (faults.length > known) return faults;
  const concerned = cells.filter(
    (cell) => cell.scenario === (scenario ?? cell.scenario) && cell.provider === (provider ?? cell.provider),
  );
  if (concerned.length === 0) {
    const message = `"${scenario}" does not run against "${provider}"`;
    return [...faults, inputFault(path, message, 'name a pair of the matrix: arena plan shows it')];
  }
  const mocked = input.mockProvider === true;
  if (metric.startsWith('ttft_') && !concerned.some((cell) => tellsFirstToken(bundle, cell, mocked))) {
    const message = `${metric} cannot be measured: none of the answers concerned is streamed`;
    faults.push(inputFault(`${path}.metric`, message, 'write streaming: true in a scenario, or use latency'));
  }
  if (metric === 'total_cost') faults.push(...priceFaults(`${path}.metric`, concerned, question));
  return faults;
}

function priceFaults(path: string, cells: readonly LoadCell[], { bundle, input, isPriced }: LoadQuestion): Fault[] {
  const paid = new Set(cells.flatMap((cell) => paidBy(bundle, cell, input.mockProvider === true)));
  const unpriced = [...paid].filter((id) => {
    const spec = bundle.providers.get(id)?.spec;
    return spec === undefined || !isPriced(spec);
  });
  if (unpriced.length === 0) return [];
  const agents = unpriced.every((id) => bundle.providers.get(id)?.spec.type === 'agent');
  const hint = agents ? 'agents do not tell what they cost: write tokens' : 'add pricing to the provider file';
  return [inputFault(path, `cannot be measured: no price is known for ${unpriced.join(', ')}`, hint)];
}

function unknown(path: string, what: string, id: string, known: ReadonlySet<string>): Fault {
  return inputFault(path, `there is no ${what} "${id}" in the matrix`, hintFor(id, known, `${what}s`));
}

function formOf(metric: Threshold['metric']): string {
  if (metric === 'total_cost') return 'write US dollars such as 2.50';
  return metric.endsWith('_rate') ? 'write a share such as 0.01 or 1%' : 'write a duration such as 800ms or 3s';
}

const msOf = (text: string): number => parseDurationMs(text) ?? 0;
