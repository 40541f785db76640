/** The documents that make up a bundle, by their `kind`. */
import { arenaSchema } from './arena.js';
import { evalSchema } from './eval.js';
import { personaSchema } from './persona.js';
import { promptConfigSchema } from './prompt-config.js';
import { providerSchema } from './provider.js';
import { scenarioSchema } from './scenario.js';
import { toolSchema } from './tool.js';

export const bundleKinds = {
  Arena: arenaSchema,
  PromptConfig: promptConfigSchema,
  Scenario: scenarioSchema,
  Provider: providerSchema,
  Tool: toolSchema,
  Persona: personaSchema,
  Eval: evalSchema,
} as const;

export type BundleKind = keyof typeof bundleKinds;
