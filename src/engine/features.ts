/** Which features a conversation has beside its prompt. */
import type { Loaded } from '../bundle/bundle.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import { openAgents } from './agents/agents-feature.js';
import { openComposition } from './compositions/composition-feature.js';
import { openMemory } from './memory/memory-feature.js';
import type { ModelAccess } from './model-access.js';
import type { PreparedBundle } from './prepare.js';
import type { PreparedPrompt } from './prompt.js';
import { openSkills } from './skills/skills-feature.js';
import type { Feature } from './stage.js';
import { openWorkflow } from './workflow/workflow-feature.js';

/** What a feature is made of. */
export interface FeatureSource {
  prepared: PreparedBundle;
  scenario: Loaded<ScenarioSpec>;
  region: string;
  /** The prompt of the scenario's task. */
  opening: PreparedPrompt;
  /** The prompt of another task, for this conversation. Throws an `ArenaError` as `PreparedBundle.prompt` does. */
  prompt(task: string): PreparedPrompt;
  /** The model and the tools of this conversation. */
  model: ModelAccess;
  /** The workflow's state, now; absent without a workflow. */
  state(): string | undefined;
}

type FeatureFactory = (source: FeatureSource) => Feature | undefined;

/** In the order in which their texts stand below the system prompt. */
const FEATURES: readonly FeatureFactory[] = [openWorkflow, openComposition, openSkills, openMemory, openAgents];

/** The features of one conversation, made anew for it. */
export function openFeatures(source: Omit<FeatureSource, 'state'>): Feature[] {
  const features: Feature[] = [];
  const state = () => features.map((feature) => feature.trace?.().state).find((name) => name !== undefined);
  for (const open of FEATURES) {
    const feature = open({ ...source, state });
    if (feature !== undefined) features.push(feature);
  }
  return features;
}
