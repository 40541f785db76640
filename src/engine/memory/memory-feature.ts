/** The memory of a conversation, where the bundle asks for one. */
import type { FeatureSource } from '../features.js';
import type { Feature } from '../stage.js';
import { MemoryStore } from './memory-store.js';
import { memoryTools } from './memory-tools.js';

export function openMemory({ prepared, scenario }: FeatureSource): Feature | undefined {
  const settings = prepared.bundle.arena.spec.memory;
  if (settings === undefined || settings.enabled === false) return undefined;
  const store = new MemoryStore();
  for (const seed of scenario.spec.seed_memories ?? []) store.remember(seed);
  const tools = memoryTools(store);
  return { tools: () => tools };
}
