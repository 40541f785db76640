/** Which features a conversation has beside its prompt. */
import type { Bundle, Loaded } from '../bundle/bundle.js';
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

interface FeatureKind {
  isIn(bundle: Bundle): boolean;
  open(source: FeatureSource): Feature | undefined;
}

/** In the order in which their texts stand below the system prompt. */
const KINDS: readonly FeatureKind[] = [
  { isIn: ({ arena }) => arena.spec.workflow !== undefined, open: openWorkflow },
  { isIn: ({ arena }) => arena.spec.compositions !== undefined, open: openComposition },
  { isIn: ({ skills }) => skills.size > 0, open: openSkills },
  { isIn: ({ arena }) => arena.spec.memory !== undefined, open: openMemory },
  { isIn: ({ arena }) => (arena.spec.a2a_agents ?? arena.spec.agents) !== undefined, open: openAgents },
];

/** The kinds of features that conversations of a bundle may have; most bundles have none. */
export function featureKinds(bundle: Bundle): readonly FeatureKind[] {
  return KINDS.filter((kind) => kind.isIn(bundle));
}

/** The features of one conversation, made anew for it. `model` is called only where there are any. */
export function openFeatures(
  kinds: readonly FeatureKind[],
  source: Omit<FeatureSource, 'state' | 'model'>,
  model: () => ModelAccess,
): Feature[] {
  const features: Feature[] = [];
  if (kinds.length === 0) return features;
  const state = () => features.map((feature) => feature.trace?.().state).find((name) => name !== undefined);
  const whole: FeatureSource = { ...source, model: model(), state };
  for (const kind of kinds) {
    const feature = kind.open(whole);
    if (feature !== undefined) features.push(feature);
  }
  return features;
}
