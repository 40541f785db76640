/** Our clients at `@copilotkit/aimock`, a mock of many providers that shares nothing with ours. */
import { LLMock } from '@copilotkit/aimock';
import type { ToolDescriptor } from '../../src/core/provider.js';
import { createHttpProvider } from '../../src/io/providers/create-http-provider.js';
import type { HttpProvider } from '../../src/io/providers/http-provider.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import type { FaultWire, Json } from './fault-server-wire.js';
import { KEY } from './openai-calls.js';

export type { LLMock };

/** Serves until it is stopped; fixtures are added by the test. */
export async function startAimock(): Promise<LLMock> {
  const mock = new LLMock({ port: 0, host: '127.0.0.1', chunkSize: 5 });
  await mock.start();
  return mock;
}

export function providerAt(wire: FaultWire, mock: LLMock, more: Json = {}): HttpProvider {
  const spec = providerSpecSchema.parse({ ...wire.spec(new URL(mock.url).origin), ...more });
  const document = { id: 'p', spec, at: (path: readonly (string | number)[]) => `p.yaml:${path.join('.')}` };
  const env = { [wire.variable]: KEY };
  return createHttpProvider(document, { env, jobTimeoutMs: undefined, arenaTimeoutMs: undefined });
}

export const WEATHER: ToolDescriptor = {
  name: 'weather',
  description: 'The weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};
