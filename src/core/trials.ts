/** Judges trials together: whether a failed trial is within the `pass_threshold` of its checks, and what is flaky. */
import type { AssertionResult, ConversationRecord, JsonValue } from './conversation.js';
import type { PlanCell, PlanItem } from './plan.js';
import { type SensitivityGroup, sensitivities } from './sensitivity.js';
import type { CheckRate, TrialGroup, TrialSummary } from './trial-summary.js';

/** A check with a `pass_threshold` as one trial found it. */
export interface TrialCheck {
  type: string;
  source?: string;
  threshold: number;
  passed: boolean;
}

/** What a record tells about the trials that it belongs to. */
export interface TrialPart {
  verdict: ConversationRecord['verdict'];
  /** Its checks with a `pass_threshold`. */
  checks?: TrialCheck[];
  /** It failed, and in nothing but checks with a `pass_threshold`. */
  soft?: true;
}

/** The variants of a scenario: how many, and the values of each. */
export interface VariantList {
  count: number;
  at(index: number): { [key: string]: JsonValue };
}

const MAX_TABLE = 1000;

export function trialPartOf(record: ConversationRecord): Pick<TrialPart, 'checks' | 'soft'> {
  const checks = new Map<string, TrialCheck>();
  for (const result of record.assertions) {
    const { type, source, passThreshold: threshold, passed } = result;
    if (threshold === undefined || result.skipped === true) continue;
    const key = keyOf(result);
    const known = checks.get(key);
    // A check that is asked after each of several answers has passed when every answer passed.
    if (known === undefined) checks.set(key, { type, ...(source === undefined ? {} : { source }), threshold, passed });
    else known.passed &&= passed;
  }
  if (checks.size === 0) return {};
  const failed = record.assertions.filter((result) => !result.passed);
  const soft =
    record.verdict === 'failed' && failed.length > 0 && failed.every((one) => one.passThreshold !== undefined);
  return { checks: [...checks.values()], ...(soft ? { soft } : {}) };
}

function keyOf({ source, type }: Pick<AssertionResult, 'source' | 'type'>): string {
  return source ?? type;
}

interface Group extends SensitivityGroup {
  repeats: number;
  tolerated: number;
  checks: Map<string, Omit<CheckRate, 'holds'>>;
}

/** Takes the conversations of a run one at a time; memory grows with the matrix, not with the trials. */
export class Trials {
  private readonly groups = new Map<string, Group>();
  private readonly scenarios = new Map<string, { repeats: number; variants: VariantList }>();
  /** Failed trials that may turn out to be within their thresholds. */
  private readonly soft: { item: PlanItem; group: Group; failed: string[] }[] = [];

  constructor(
    cells: readonly PlanCell[],
    private readonly regions: number,
    variantsOf: (scenario: string) => VariantList,
  ) {
    for (const { scenario, trials } of cells) {
      const variants = variantsOf(scenario);
      this.scenarios.set(scenario, { repeats: Math.ceil(trials / variants.count), variants });
    }
  }

  add(item: PlanItem, part: TrialPart): void {
    const group = this.groupOf(item, part);
    if (group === undefined) return;
    group[part.verdict] += 1;
    for (const check of part.checks ?? []) {
      const key = keyOf(check);
      let rate = group.checks.get(key);
      if (rate === undefined) {
        const { type, source, threshold } = check;
        rate = { type, ...(source === undefined ? {} : { source }), threshold, passed: 0, judged: 0 };
        group.checks.set(key, rate);
      }
      rate.judged += 1;
      if (check.passed) rate.passed += 1;
    }
    if (part.soft !== true) return;
    const failed = (part.checks ?? []).filter((check) => !check.passed).map(keyOf);
    this.soft.push({ item, group, failed });
  }

  /** After all were added: the failed conversations that do not make the run fail. */
  tolerated(): PlanItem[] {
    const within = this.soft.filter(({ group, failed }) => failed.every((key) => holds(group.checks.get(key))));
    for (const group of this.groups.values()) group.tolerated = 0;
    for (const { group } of within) group.tolerated += 1;
    return within.map(({ item }) => item);
  }

  /** Undefined where nothing was repeated. Comes after `tolerated`. */
  summary(): TrialSummary | undefined {
    const groups = { total: 0, passed: 0, failed: 0, errored: 0, flaky: 0 };
    const table: TrialGroup[] = [];
    for (const group of this.groups.values()) {
      if (group.repeats < 2) continue;
      const row = this.rowOf(group);
      groups.total += 1;
      groups[row.verdict] += 1;
      if (row.flaky) groups.flaky += 1;
      table.push(row);
    }
    table.sort((a, b) => rank(a) - rank(b) || a.passRate - b.passRate || (a.key < b.key ? -1 : 1));
    const sensitivity = sensitivities(this.groups.values());
    if (table.length === 0 && sensitivity.length === 0) return undefined;
    return { groups, table: table.slice(0, MAX_TABLE), sensitivity };
  }

  private groupOf(item: PlanItem, part: TrialPart): Group | undefined {
    const { repeats = 1, variants } = this.scenarios.get(item.scenario) ?? {};
    const count = variants?.count ?? 1;
    if (repeats < 2 && count < 2 && part.checks === undefined) return undefined;
    const variant = (item.trial - 1) % count;
    const { scenario, provider, region, recording } = item;
    // Recordings of one eval are different conversations, which no region repeats.
    const names = recording === undefined && (this.regions > 1 || region !== 'default') ? [region] : [];
    if (recording !== undefined && recording !== '') names.push(recording);
    const base = [scenario, provider, ...names].join('/');
    const key = count > 1 ? `${base}/v${variant + 1}` : base;
    let group = this.groups.get(key);
    if (group === undefined) {
      const perturbation = count > 1 ? variants?.at(variant) : undefined;
      const counts = { passed: 0, failed: 0, errored: 0, tolerated: 0 };
      group = { key, base, scenario, provider, perturbation, repeats, ...counts, checks: new Map() };
      this.groups.set(key, group);
    }
    return group;
  }

  private rowOf(group: Group): TrialGroup {
    const { key, scenario, provider, perturbation, repeats, passed, failed, errored, tolerated } = group;
    const checks = [...group.checks.values()].map((rate) => ({ ...rate, holds: holds(rate) }));
    return {
      key,
      scenario,
      provider,
      ...(perturbation === undefined ? {} : { perturbation }),
      verdict: failed > tolerated ? 'failed' : errored > 0 ? 'errored' : 'passed',
      trials: repeats,
      passed,
      failed,
      errored,
      tolerated,
      passRate: passed / (passed + failed + errored),
      ...(passed > 0 && failed > 0 ? { flaky: true as const } : {}),
      ...(checks.length === 0 ? {} : { checks }),
    };
  }
}

/** Products of shares carry noise in their last digits. A check that no trial came to fails none. */
function holds(rate: Pick<CheckRate, 'passed' | 'judged' | 'threshold'> | undefined): boolean {
  return rate !== undefined && rate.passed >= rate.threshold * rate.judged - 1e-9;
}

function rank({ verdict, flaky }: TrialGroup): number {
  if (verdict === 'failed') return 0;
  if (verdict === 'errored') return 1;
  return flaky ? 2 : 3;
}
