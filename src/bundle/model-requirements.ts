/** Which providers cannot do what a prompt asks of its model. */
import type { PromptConfigSpec } from '../schema/prompt-config.js';
import type { ProviderSpec } from '../schema/provider.js';
import type { Loaded, LoadedPrompt, LoadedProvider } from './bundle.js';
import type { Fault } from './fault.js';

type Requirements = NonNullable<PromptConfigSpec['model_requirements']>;

/** What providers call the same ability. */
const NAMES = {
  supports_function_calling: ['tools', 'function_calling', 'functions'],
  supports_streaming: ['streaming'],
  supports_vision: ['vision', 'image', 'images', 'multimodal'],
} as const;

/** What a provider is known to lack; one that states no capabilities may have them all. */
export function lacks({ capabilities, context_window }: ProviderSpec, needs: Requirements | undefined): string[] {
  const missing: string[] = [];
  for (const [need, names] of Object.entries(NAMES)) {
    if (needs?.[need as keyof typeof NAMES] !== true || capabilities === undefined) continue;
    if (!names.some((name) => capabilities.includes(name))) missing.push(names[0]);
  }
  const window = needs?.min_context_window ?? 0;
  if (context_window !== undefined && context_window < window) missing.push(`a context of ${window} tokens`);
  return missing;
}

/** Said once, however many scenarios bring a prompt and a provider together. */
export class RequirementFaults {
  private readonly found: Fault[] = [];
  private readonly said = new Set<string>();
  /** Ids of the providers whose context window nobody states, for each prompt that asks for one. */
  private readonly unstated = new Map<LoadedPrompt, Set<string>>();

  get faults(): Fault[] {
    const unknown = [...this.unstated].map(([prompt, ids]): Fault => {
      const [first, ...more] = ids;
      const who = more.length === 0 ? `provider "${first}" takes` : `provider "${first}" and ${more.length} more take`;
      const needed = prompt.spec.model_requirements?.min_context_window;
      return {
        severity: 'warning',
        ...prompt.placeOf(['spec', 'model_requirements', 'min_context_window']),
        message: `nobody says whether ${who} ${needed} tokens`,
        hint: 'write context_window into their documents',
      };
    });
    return [...this.found, ...unknown];
  }

  /** `kept`: the scenario names the provider itself, so that it runs all the same. */
  add(provider: LoadedProvider, prompt: LoadedPrompt, missing: readonly string[], kept: boolean): void {
    const message = `provider "${provider.id}" lacks ${missing.join(', ')}, which the prompt "${prompt.spec.task_type}" needs`;
    const hint = kept ? 'it runs because scenarios name it' : 'it is left out of the scenarios of that prompt';
    this.warn(
      provider,
      ['spec', missing[0]?.startsWith('a context') ? 'context_window' : 'capabilities'],
      message,
      hint,
    );
  }

  /** A context window that nobody states is not held against the prompt. */
  unknown(provider: LoadedProvider, prompt: LoadedPrompt): void {
    const { min_context_window: needed = 0 } = prompt.spec.model_requirements ?? {};
    if (needed === 0 || provider.spec.context_window !== undefined || provider.spec.type === 'mock') return;
    this.unstated.set(prompt, (this.unstated.get(prompt) ?? new Set()).add(provider.id));
  }

  private warn(document: Loaded<unknown>, path: string[], message: string, hint: string): void {
    if (this.said.has(message)) return;
    this.said.add(message);
    this.found.push({ severity: 'warning', ...document.placeOf(path), message, hint });
  }
}
