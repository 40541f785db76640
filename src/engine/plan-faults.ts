/** What is wrong or odd about prompts and turns, found by preparing every scenario before anything is called. */
import { answeringTasks } from '../bundle/answering-tasks.js';
import type { Bundle, Loaded } from '../bundle/bundle.js';
import { embeddingProvider } from '../bundle/embedding-providers.js';
import type { Fault } from '../bundle/fault.js';
import { ArenaError } from '../core/errors.js';
import type { PlanCell } from '../core/plan.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { ModelAccess } from './model-access.js';
import { type EngineSettings, type PreparedBundle, prepare, type Surroundings } from './prepare.js';
import { toolWarnings } from './tool-warnings.js';
import { turnWarnings } from './turn-warnings.js';

/** Nothing is called while scenarios are prepared. */
const createTool: Surroundings['createTool'] = () => ({
  local: true,
  run: () => Promise.reject(new Error('a tool was run while planning')),
});

const unexpected = (): never => {
  throw new Error('a model was asked while planning');
};

const NO_MODEL: ModelAccess = {
  ask: unexpected,
  callTools: unexpected,
  get outside() {
    return unexpected();
  },
};

/** `seed`: of the first record, where conversations become records. Errors: a conversation could not be held as written. Warnings: it can, but not as the author may expect. */
export function planFaults(
  bundle: Bundle,
  cells: readonly PlanCell[],
  regions: readonly string[],
  { variables, services, seed }: Pick<EngineSettings, 'variables'> & Pick<Surroundings, 'services'> & { seed?: number },
): Fault[] {
  const prepared = prepare(bundle, { variables }, { createTool, services });
  const faults = new Map<string, Fault>();
  const add = (fault: Fault) => faults.set(JSON.stringify(fault), fault);
  const prompts = new Set<string>();
  for (const cell of cells) {
    const scenario = bundle.scenarios.get(cell.scenario);
    if (scenario === undefined || cell.recordings !== undefined) continue;
    for (const error of preparationErrors(prepared, cell, { regions, seed })) add(faultOf(error, scenario));
    for (const fault of scenarioWarnings(bundle, scenario)) add(fault);
    for (const task of answeringTasks(bundle.arena.spec, scenario.spec)) prompts.add(task);
  }
  for (const task of prompts) for (const fault of templateWarnings(bundle, task)) add(fault);
  for (const fault of toolWarnings(bundle)) add(fault);
  return [...faults.values()];
}

/** Why conversations of a scenario could not begin. */
function preparationErrors(
  prepared: PreparedBundle,
  cell: PlanCell,
  { regions, seed }: { regions: readonly string[]; seed: number | undefined },
): ArenaError[] {
  const { scenario, providers } = cell;
  const others = prepared.promptsDiffer ? providers : providers.slice(0, 1);
  const places = regions.flatMap((region) => others.map((provider) => ({ region, provider })));
  return places.flatMap((place) => {
    try {
      prepared
        .scenario({ scenario, ...place, trial: 1, index: 0, seed })
        .openStage(() => NO_MODEL)
        .system();
      return [];
    } catch (error) {
      if (error instanceof ArenaError) return [error];
      throw error;
    }
  });
}

/** Errors of the engine begin with their place; without one they are the scenario's. */
function faultOf({ message, failure: { hint } }: ArenaError, scenario: Loaded<unknown>): Fault {
  const [, file, line, column, words] = /^(\S+):(\d+):(\d+) (.*)$/s.exec(message) ?? [];
  if (file === undefined || words === undefined) {
    return { severity: 'error', ...scenario.placeOf(['spec']), message, hint };
  }
  return { severity: 'error', file, line: Number(line), column: Number(column), message: words, hint };
}

function scenarioWarnings(bundle: Bundle, scenario: Loaded<ScenarioSpec>): Fault[] {
  const { spec, placeOf } = scenario;
  const found: Fault[] = [];
  const warn = (path: (string | number)[], message: string, hint: string) => {
    found.push({ severity: 'warning', ...placeOf(['spec', ...path]), message, hint });
  };
  const { context_policy: policy, constraints, turns = [] } = spec;
  if (policy?.strategy === 'relevance' && embeddingProvider(bundle, policy.relevance?.provider) === undefined) {
    const hint = 'name a provider of embeddings in relevance.provider; the oldest messages go until then';
    warn(['context_policy', 'strategy'], 'nobody can embed the messages for the strategy relevance', hint);
  }
  const most = constraints?.max_turns ?? Infinity;
  const scripted = turns.filter(({ role }) => role !== 'assistant').length;
  if (scripted > most) {
    const message = `the scenario has ${scripted} turns, and ends after ${most}`;
    warn(['constraints', 'max_turns'], message, 'raise max_turns to have all of them played');
  }
  found.push(...turnWarnings(bundle, scenario));
  return found;
}

/** A template of another language is sent as it stands, which its author should know. */
function templateWarnings({ prompts }: Bundle, task: string): Fault[] {
  const prompt = prompts.get(task);
  const { syntax, features = [] } = prompt?.spec.template_engine ?? {};
  if (prompt === undefined) return [];
  const warn = (path: string[], message: string): Fault => ({
    severity: 'warning',
    ...prompt.placeOf(['spec', 'template_engine', ...path]),
    message,
    hint: 'placeholders are {{name}}: no spaces, filters, conditions or loops',
  });
  const others = features.filter((feature) => feature !== 'basic_substitution');
  return [
    ...(syntax === undefined || /^\{\{[^{}]*\}\}$/.test(syntax.trim())
      ? []
      : [warn(['syntax'], `templates written as ${syntax} are not read`)]),
    ...(others.length === 0 ? [] : [warn(['features'], `templates have no ${others.join(', ')}`)]),
  ];
}
