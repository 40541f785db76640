/** Which features a conversation has beside its prompt. */
import type { Loaded } from '../bundle/bundle.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import type { PreparedBundle } from './prepare.js';
import type { PreparedPrompt } from './prompt.js';
import type { Feature } from './stage.js';

/** What a feature is made of. */
export interface FeatureSource {
import { openSkills } from './skills/skills-feature.js';
  prepared: PreparedBundle;
import { openWorkflow } from './workflow/workflow-feature.js';
  scenario: Loaded<ScenarioSpec>;
  region: string;
  /** The prompt of the scenario's task. */
  opening: PreparedPrompt;
  /** The workflow's state, now; absent without a workflow. */
  state(): string | undefined;
}

  /** The prompt of another task, for this conversation. Throws an `ArenaError` as `PreparedBundle.prompt` does. */
  prompt(task: string): PreparedPrompt;
  /** The model and the tools of this conversation. */
  model: ModelAccess;
type FeatureFactory = (source: FeatureSource) => Feature | undefined;

/** In the order in which their texts stand below the system prompt. */
const FEATURES: readonly FeatureFactory[] = [openWorkflow, openSkills];

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
