/** Which scenario runs against which providers, and how often. */
import { EVAL_PROVIDER, itemsOfCell, type PlanCell } from '../core/plan.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { Bundle, Loaded, LoadedProvider } from './bundle.js';
import { type EvalSelection, evalCells, selectEvals } from './eval-selection.js';
import type { Fault } from './fault.js';
import { lacks, RequirementFaults } from './model-requirements.js';
import { canConverse, isIn, isSpecial } from './provider-groups.js';
import { type ScenarioSelection, selectScenarios } from './scenario-filter.js';
import { isPlayed, pairCell } from './self-play-pairs.js';
import { hintFor } from './suggest.js';
import { variantCount } from './variants.js';

/** A plan is held in memory by every worker. */
const MAX_ITEMS = 1_000_000;

export interface Selection extends ScenarioSelection, EvalSelection {
  /** Ids of providers. Default: by group. */
  providers?: readonly string[];
  /** Default: one, `default`. */
  regions?: readonly string[];
  /** Beats the scenarios' own. */
  trials?: number;
}

export interface Matrix {
  cells: PlanCell[];
  regions: string[];
  /** Errors: nothing may run. Warnings: it runs, and the report says them. */
  faults: Fault[];
}

class MatrixPlanner {
  readonly faults: Fault[] = [];
  readonly requirements = new RequirementFaults();
  private readonly candidates: LoadedProvider[];
  private readonly chosen: ReadonlySet<string> | undefined;
  /** Scenarios by a group that nobody is in. */
  private readonly withoutGroup = new Map<string, Loaded<ScenarioSpec>[]>();

  constructor(
    private readonly bundle: Bundle,
    selection: Selection,
  ) {
    this.candidates = [...bundle.providers.values()].filter(
      (provider) => canConverse(provider) && !isSpecial(provider.group),
    );
    this.chosen = selection.providers?.length ? new Set(selection.providers) : undefined;
    for (const id of this.chosen ?? []) {
      const provider = bundle.providers.get(id);
      if ((provider !== undefined && provider.onlyJudges !== true) || (id === EVAL_PROVIDER && bundle.evals.size > 0)) {
        continue;
      }
      const hint = hintFor(id, bundle.providers.keys(), 'providers');
      this.faults.push({ severity: 'error', file: bundle.arena.file, message: `there is no provider "${id}"`, hint });
    }
  }

  /** The providers of a scenario, in bundle order. */
  providersOf(scenario: Loaded<ScenarioSpec>): string[] {
    const named = scenario.spec.providers;
    const found = named?.length ? this.named(scenario, named) : this.byGroup(scenario);
    const providers = this.able(scenario, found, Boolean(named?.length));
    const ids = providers.map((provider) => provider.id);
    const left = ids.filter((id) => this.chosen?.has(id) ?? true);
    if (left.length === 0 && ids.length > 0) {
      this.warn(scenario, ['spec'], `"${scenario.id}" runs against none of the chosen providers`, 'it is left out');
    }
    return left;
  }

  /** Without those that are known not to do what the prompt asks of a model, unless the scenario names them. */
  private able(scenario: Loaded<ScenarioSpec>, found: LoadedProvider[], named: boolean): LoadedProvider[] {
    const prompt = this.bundle.prompts.get(scenario.spec.task_type ?? '');
    const needs = prompt?.spec.model_requirements;
    if (prompt === undefined || needs === undefined) return found;
    const able = found.filter((provider) => {
      const missing = lacks(provider.spec, needs);
      if (missing.length > 0) this.requirements.add(provider, prompt, missing, named);
      else this.requirements.unknown(provider, prompt);
      return named || missing.length === 0;
    });
    if (able.length === 0 && found.length > 0) {
      this.warn(scenario, ['spec'], `"${scenario.id}" has no provider that its prompt can do with`, 'it is left out');
    }
    return able;
  }

  private named(scenario: Loaded<ScenarioSpec>, named: readonly string[]): LoadedProvider[] {
    const wanted = new Set(named);
    const providers = [...this.bundle.providers.values()].filter((provider) => wanted.has(provider.id));
    for (const provider of providers.filter((each) => !canConverse(each))) {
      const at = scenario.placeOf(['spec', 'providers', named.indexOf(provider.id)]);
      const message = `provider "${provider.id}" has the role ${provider.spec.role} and cannot hold a conversation`;
      this.faults.push({ severity: 'error', ...at, message, hint: 'name one with the role llm' });
    }
    return providers.filter(canConverse);
  }

  private byGroup(scenario: Loaded<ScenarioSpec>): LoadedProvider[] {
    const group = scenario.spec.provider_group ?? 'default';
    let providers = this.candidates.filter((provider) => isIn(provider, group));
    const { groupsBind = false } = this.bundle;
    if (providers.length === 0 && (groupsBind || this.candidates.length > 0)) {
      this.withoutGroup.set(group, [...(this.withoutGroup.get(group) ?? []), scenario]);
      if (groupsBind) return [];
      providers = this.candidates;
    }
    const needed = scenario.spec.required_capabilities ?? [];
    const able = providers.filter(({ spec }) => needed.every((each) => spec.capabilities?.includes(each) ?? false));
    if (able.length === 0) {
      const lack = needed.length > 0 && providers.length > 0 ? ` with the capabilities ${needed.join(', ')}` : '';
      this.warn(scenario, ['spec'], `"${scenario.id}" has no provider${lack}`, 'it is left out');
    }
    return able;
  }

  warnOfEmptyGroups(): void {
    for (const [group, [first, ...others]] of this.withoutGroup) {
      if (first === undefined) continue;
      const who = others.length === 0 ? `"${first.id}" runs` : `"${first.id}" and ${others.length} more run`;
      if (this.bundle.groupsBind === true) {
        this.refuseGroup(first, group, others.length);
        continue;
      }
      const message = `no provider is in group "${group}": ${who} against all of them`;
      this.warn(first, ['spec', 'provider_group'], message, 'set provider_group, or the group of a provider');
    }
  }

  private refuseGroup(scenario: Loaded<ScenarioSpec>, group: string, others: number): void {
    const more = others === 0 ? '' : ` and ${others} more`;
    const message = `the job has nobody in the group "${group}", which "${scenario.id}"${more} runs against`;
    const hint = `list somebody under spec.providers.${group} (in a map they stand for providers that the bundle names), or leave the scenario out`;
    this.faults.push({ severity: 'error', ...scenario.placeOf(['spec', 'provider_group']), message, hint });
  }

  /** Pairs of the pool that may hold a scenario with a persona. */
  isPair(scenario: Loaded<ScenarioSpec>, pair: string): boolean {
    const provider = this.bundle.providers.get(pair);
    if (provider === undefined) return false;
    const { providers: named, required_capabilities: needed = [] } = scenario.spec;
    if (named?.length && !named.includes(provider.heldBy ?? '')) return false;
    return needed.every((each) => provider.spec.capabilities?.includes(each) ?? false);
  }

  /** Providers that judge or play the user, and join the matrix only because nobody gave them a group. */
  warnOfHelpers(used: ReadonlySet<string>): void {
    const { arena, providers } = this.bundle;
    const judges = [...(arena.spec.judges ?? []), ...Object.values(arena.spec.judge_specs ?? {})];
    const helpers = [
      ...judges.map(({ provider }) => ({ provider, task: 'judges', group: 'judge' })),
      ...(arena.spec.self_play?.roles ?? []).map(({ provider }) => ({
        provider,
        task: 'plays the user',
        group: 'selfplay',
      })),
    ];
    const told = new Set<string>();
    for (const { provider, task, group } of helpers) {
      if (providers.get(provider)?.group !== 'default' || !used.has(provider)) continue;
      if (told.has(`${provider} ${task}`)) continue;
      told.add(`${provider} ${task}`);
      const message = `provider "${provider}" ${task}, and runs as an assistant as well`;
      const hint = `give it the group ${group} to keep it out of the matrix`;
      this.faults.push({ severity: 'warning', ...arena.placeOf(['spec', 'providers']), message, hint });
    }
  }

  leaveOut(scenario: Loaded<ScenarioSpec>): void {
    this.warn(scenario, ['spec'], `"${scenario.id}" has no pair of self-play that can hold it`, 'it is left out');
  }

  private warn(scenario: Loaded<ScenarioSpec>, path: string[], message: string, hint: string): void {
    this.faults.push({ severity: 'warning', ...scenario.placeOf(path), message, hint });
  }
}

/** Lays out the matrix of a bundle. Pure: the same bundle and selection give the same cells in the same order. */
export function planMatrix(bundle: Bundle, selection: Selection = {}): Matrix {
  const planner = new MatrixPlanner(bundle, selection);
  const { scenarios, evals } = chosenParts(bundle, selection);
  const { ids, faults } = scenarios ? selectScenarios(bundle, selection) : { ids: [], faults: [] };
  const cells: PlanCell[] = [];
  for (const id of ids) {
    const scenario = bundle.scenarios.get(id);
    if (scenario === undefined) continue;
    const variants = variantCount(scenario.spec);
    const repetitions = selection.trials ?? scenario.spec.trials ?? 1;
    if (bundle.pairs !== undefined && isPlayed(scenario.spec)) {
      const wish = { scenario: id, trials: repetitions, variants };
      const cell = pairCell(bundle.pairs, wish, (pair) => planner.isPair(scenario, pair));
      if (cell === undefined) planner.leaveOut(scenario);
      else cells.push(cell);
      continue;
    }
    const providers = planner.providersOf(scenario);
    // Each trial holds every variant once; trial number t holds variant (t − 1) mod their count.
    if (providers.length > 0) cells.push({ scenario: id, providers, trials: repetitions * variants });
  }
  if (evals) {
    const selected = selectEvals(bundle, selection);
    const planned = evalCells(bundle, selected.evals, selection.trials ?? 1);
    faults.push(...selected.faults, ...planned.faults);
    cells.push(...planned.cells);
  }
  planner.warnOfEmptyGroups();
  planner.warnOfHelpers(new Set(cells.flatMap((cell) => cell.providers)));
  const regions = selection.regions?.length ? [...new Set(selection.regions)] : ['default'];
  const all = [...faults, ...planner.faults, ...planner.requirements.faults];
  const failed = all.some((fault) => fault.severity === 'error');
  if (!failed) all.push(...sizeFaults(bundle, cells, regions), ...twins(bundle, cells));
  return { cells, regions, faults: all };
}

/**
 * Scenarios and evals both run, unless the selection names one kind only. A choice of providers is one of scenarios:
 * nobody holds a recorded conversation again.
 */
function chosenParts(bundle: Bundle, selection: Selection): { scenarios: boolean; evals: boolean } {
  const { scenarios, include, labels, providers, evals, tags } = selection;
  const namesEvals = Boolean(evals?.length || tags?.length || providers?.includes(EVAL_PROVIDER));
  const held = providers?.filter((id) => id !== EVAL_PROVIDER) ?? [];
  const lists = [scenarios ?? [], include ?? [], Object.keys(labels ?? {}), held];
  const namesScenarios = bundle.scenarios.size > 0 && lists.some((list) => list.length > 0);
  return { scenarios: namesScenarios || !namesEvals, evals: namesEvals || !namesScenarios };
}

function sizeFaults(bundle: Bundle, cells: readonly PlanCell[], regions: readonly string[]): Fault[] {
  const items = cells.reduce((sum, cell) => sum + itemsOfCell(cell, regions.length), 0);
  const fault = { severity: 'error', file: bundle.arena.file } as const;
  if (items === 0 && bundle.scenarios.size === 0 && bundle.evals.size === 0) {
    return [{ ...fault, message: 'the bundle has no scenarios', hint: 'list some under scenarios or evals' }];
  }
  if (items === 0) return [{ ...fault, message: 'nothing is left to run', hint: 'see the selection and the warnings' }];
  if (items <= MAX_ITEMS) return [];
  const message = `the matrix has ${items} conversations, at most ${MAX_ITEMS} can run at once`;
  return [{ ...fault, message, hint: 'choose fewer scenarios, providers, regions or trials' }];
}

/** Conversations are known by `scenario/provider`: names with a slash could make two of them one. */
function twins(bundle: Bundle, cells: readonly PlanCell[]): Fault[] {
  const hasSlash = ({ scenario, providers }: PlanCell) => [scenario, ...providers].some((name) => name.includes('/'));
  const hasEvals = cells.some(({ recordings }) => recordings !== undefined);
  if (!hasEvals && !cells.some(hasSlash)) return [];
  const ids = cells.flatMap(({ scenario, providers, recordings }) =>
    recordings === undefined
      ? providers.map((provider) => `${scenario}/${provider}`)
      : recordings.map((name) => `${scenario}/${EVAL_PROVIDER}${name === '' ? '' : `/${name}`}`),
  );
  const seen = new Set<string>();
  const twin = ids.find((id) => seen.size === seen.add(id).size);
  if (twin === undefined) return [];
  const message = `two conversations would both be called "${twin}"`;
  const hint = hasEvals ? 'rename an eval, a scenario or a provider' : 'take the slash out of a name';
  return [{ severity: 'error', file: bundle.arena.file, message, hint }];
}
