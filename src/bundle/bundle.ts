/** A bundle after loading: every file read, validated and joined. The engine and the planner see only this. */
import type { ToolAccess } from '../core/tool-access.js';
import type { ArenaSpec } from '../schema/arena.js';
import type { EvalSpec } from '../schema/eval.js';
import type { PersonaSpec } from '../schema/persona.js';
import type { PromptConfigSpec } from '../schema/prompt-config.js';
import type { ProviderSpec } from '../schema/provider.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { ToolSpec } from '../schema/tool.js';
import type { Fault } from './fault.js';
import type { BundleRecordings } from './recordings/bundle-recordings.js';
import type { SelfPlayPairs } from './self-play-pairs.js';
import type { LoadedSkill } from './skills.js';

/** Where something is named, so that a fault about it can point there. */
export interface Place {
  file: string;
  /** 1-based. */
  line?: number;
  column?: number;
}

/** One document of the bundle. `at` answers where a value stands: `at(['spec','turns',0])` → `file:line:col`. */
export interface Loaded<T> {
  id: string;
  spec: T;
  labels: { [key: string]: string };
  namespace?: string;
  annotations?: { [key: string]: string };
  file: string;
  at(path: readonly (string | number)[]): string;
  /** The same as data, for faults. */
  placeOf(path: readonly (string | number)[]): Place;
}

export interface LoadedPrompt extends Loaded<PromptConfigSpec> {
  /** From the Arena file's `prompt_configs[].vars`. */
  vars: { [name: string]: unknown };
}

export interface LoadedProvider extends Loaded<ProviderSpec> {
  /** `default` unless the Arena file says otherwise. */
  group: string;
  /** Further groups, where a job names it in several. */
  alsoIn?: readonly string[];
  /** An object of the cluster, which may use keys like the installation itself. */
  trusted?: true;
  /** Of a pair of self-play: id of the provider that plays the user. */
  player?: string;
  /** Made for a judge that has no document of its own: it never holds a conversation, whoever names it. */
  onlyJudges?: true;
  /** Id of the provider that a job has put in its place; all but id and group are that one's. */
  heldBy?: string;
}

export interface LoadedTool extends Loaded<ToolSpec> {
  /** Of a tool of a registry of the cluster, never of a file of the bundle. */
  access?: ToolAccess;
}

export interface Bundle {
  name: string;
  /** SHA-256 over the packed bundle, hex. */
  digest: string;
  arena: Loaded<ArenaSpec>;
  /** By task_type. */
  prompts: Map<string, LoadedPrompt>;
  /** The next four by id, in bundle order. */
  providers: Map<string, LoadedProvider>;
  scenarios: Map<string, Loaded<ScenarioSpec>>;
  tools: Map<string, LoadedTool>;
  personas: Map<string, Loaded<PersonaSpec>>;
  evals: Map<string, Loaded<EvalSpec>>;
  /** By name. */
  skills: Map<string, LoadedSkill>;
  /** Prompts that only judges are asked with: those of `judge_defaults.prompt_registry`. */
  judgePrompts: LoadedPrompt[];
  /** Of its evals and replay providers. */
  recordings: BundleRecordings;
  /** Everything the bundle refers to, by path relative to the Arena file's folder, `/` as separator. */
  files: Map<string, Uint8Array>;
  /** Faults that do not stop a run. */
  warnings: Fault[];
  /** A job has said who is in which group: there is nobody else to answer for an empty one. */
  groupsBind?: true;
  /** Tools of MCP servers are offered by their own names as well, as the tools of a registry are. */
  plainServerTools?: true;
  /** How MCP servers of registries are called, by name. */
  serverAccess?: ReadonlyMap<string, ToolAccess>;
  /** Personas are played by a pool: scenarios with one run against pairs of it. */
  pairs?: SelfPlayPairs;
}
