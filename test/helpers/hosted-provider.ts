/** Providers whose models a cloud hosts, as tests make them. */
import type { JsonValue } from '../../src/core/conversation.js';
import { createHttpProvider } from '../../src/io/providers/create-http-provider.js';
import type { HttpProvider } from '../../src/io/providers/http-provider.js';
import type { CallSettings } from '../../src/io/providers/provider-settings.js';
import { providerSpecSchema } from '../../src/schema/provider.js';

/** Throws an `ArenaError` for what is refused before any call. */
export function hosted(spec: { [field: string]: JsonValue }, settings: Partial<CallSettings> = {}): HttpProvider {
  const at = (path: readonly (string | number)[]) => `p.yaml:${path.join('.')}`;
  const document = { id: 'p', spec: providerSpecSchema.parse(spec), at };
  return createHttpProvider(document, { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined, ...settings });
}

/** Sets variables of this process, which the libraries of the clouds read, and gives a function that takes them back. */
export function setEnvironment(values: { [name: string]: string | undefined }): () => void {
  const before = Object.keys(values).map((name) => [name, process.env[name]] as const);
  const set = (name: string, value: string | undefined) => {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  };
  for (const [name, value] of Object.entries(values)) set(name, value);
  return () => {
    for (const [name, value] of before) set(name, value);
  };
}
