import { stringify } from 'yaml';
import type { Bundle } from '../../src/bundle/bundle.js';
import { formatFault } from '../../src/bundle/fault.js';
import { loadBundleFromFiles } from '../../src/bundle/load-bundle.js';
import type { ConversationRecord } from '../../src/core/conversation.js';
import type { OutsideServices } from '../../src/core/outside-services.js';
import type { Completion, CompletionRequest } from '../../src/core/provider.js';
import { directPorts } from '../../src/engine/direct-ports.js';
import { holdConversation } from '../../src/engine/hold-conversation.js';
import type { EnginePorts } from '../../src/engine/ports.js';
import { type EngineSettings, prepare, type Surroundings } from '../../src/engine/prepare.js';
import { createEmbed } from '../../src/io/embeddings/create-embed.js';
import { createOutsideServices } from '../../src/io/outside-services.js';
import { createProviders } from '../../src/io/providers/create.js';
import { createTool } from '../../src/io/tools/create-tool.js';

/** The parts of a bundle that a test is about; the rest is filled in. */
export interface EngineBundleParts {
  arena?: object;
  prompt?: object;
  vars?: object;
  scenario?: object;
  tools?: { [name: string]: object };
  /** Contents of the mock file of the provider `model`. */
  mock?: object;
  providers?: { [id: string]: object };
  files?: { [path: string]: string | Uint8Array };
}

/** A bundle of one scenario `talk` and one mock provider `model`. */
export function engineBundle(parts: EngineBundleParts): Bundle {
  const document = (kind: string, name: string, spec: object) => stringify({ kind, metadata: { name }, spec });
  const tools = Object.entries(parts.tools ?? {});
  const texts: { [path: string]: string | Uint8Array } = {
    'config.arena.yaml': document('Arena', 'engine', {
      prompt_configs: [{ id: 'main', file: 'prompt.yaml', vars: parts.vars }],
      scenarios: [{ file: 'talk.yaml' }],
      providers: [{ file: 'model.yaml' }],
      tools: tools.map(([name]) => ({ file: `tools/${name}.yaml` })),
      provider_specs: parts.providers,
      ...parts.arena,
    }),
    'prompt.yaml': document('PromptConfig', 'main', {
      task_type: 'main',
      system_template: 'You help.',
      allowed_tools: tools.map(([name]) => name),
      ...parts.prompt,
    }),
    'talk.yaml': document('Scenario', 'talk', {
      task_type: 'main',
      turns: [{ role: 'user', content: 'Hello' }],
      ...parts.scenario,
    }),
    'model.yaml': document('Provider', 'model', {
      type: 'mock',
      model: 'm',
      additional_config: { mock_config: 'mock.yaml' },
    }),
    'mock.yaml': stringify(parts.mock ?? {}),
    ...parts.files,
  };
  for (const [name, spec] of tools) {
    texts[`tools/${name}.yaml`] = document('Tool', name, {
      description: 'A tool.',
      mode: 'mock',
      input_schema: { type: 'object' },
      ...spec,
    });
  }
  const files = new Map(Object.entries(texts).map(([path, text]) => [path, Buffer.from(text)]));
  const { bundle, faults } = loadBundleFromFiles(files, 'config.arena.yaml');
  if (bundle === undefined) throw new Error(faults.map(formatFault).join('\n'));
  return bundle;
}

export interface HoldOptions {
  settings?: Partial<EngineSettings>;
  provider?: string;
  region?: string;
  /** Answers in place of the bundle's providers. */
  complete?: (request: CompletionRequest, provider: string) => Completion | Promise<Completion>;
  ports?: Partial<EnginePorts>;
  services?: Partial<OutsideServices>;
}

/** What the engine of a test has around it. */
export function surroundings(services: Partial<OutsideServices> = {}): Surroundings {
  return { createTool, services: { ...createOutsideServices(), ...services } };
}

/** Holds the conversation of the scenario `talk`. */
export function hold(bundle: Bundle, options: HoldOptions = {}): Promise<ConversationRecord> {
  const embed = createEmbed(bundle, { env: {} });
  const prepared = prepare(
    bundle,
    { variables: {}, ...options.settings },
    surroundings({ embed, ...options.services }),
  );
  const { provider = 'model', region = 'default', complete } = options;
  const providers = createProviders(bundle, { env: {} });
  const { signal } = new AbortController();
  const item = { index: 0, id: `talk/${provider}`, scenario: 'talk', provider, region, trial: 1 };
  const direct = directPorts(providers, signal);
  return holdConversation(prepared, item, {
    ...direct,
    complete: async (id, request) =>
      complete === undefined ? direct.complete(id, request) : await complete(request, id),
    now: () => 0,
    ...options.ports,
  });
}

/** A model that says these things one after the other. */
export function scripted(...answers: (string | Partial<Completion>)[]): () => Completion {
  let next = 0;
  return () => {
    const answer = answers[next];
    next += 1;
    if (answer === undefined) throw new Error(`the model was asked ${next} times`);
    const given = typeof answer === 'string' ? { content: answer } : answer;
    return { content: '', latencyMs: 0, ...given };
  };
}
