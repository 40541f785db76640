import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { ArenaError, type Failure } from '../../src/core/errors.js';
import type { CompleteOptions, Completion, CompletionRequest } from '../../src/core/provider.js';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
import type { MockScript } from '../../src/io/mock-server/script.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';
import { createHttpProvider } from '../../src/io/providers/create-http-provider.js';
import type { HttpProvider } from '../../src/io/providers/http-provider.js';
import { type ProviderSpec, providerSpecSchema } from '../../src/schema/provider.js';

export const KEY = 'sk-test-0123456789abcdef';
const servers: { close(): unknown }[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

export async function mock(options: MockServerOptions = {}): Promise<MockServer> {
  const server = await startMockServer(options);
  servers.push(server);
  return server;
}

/** A server that does what it is told, for answers that no scripted server should give. */
export async function bare(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push({
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/v1`;
}

export function provider(
  baseUrl: string,
  more: { [field: string]: JsonValue } = {},
  env: { [name: string]: string } = { OPENAI_API_KEY: KEY },
): HttpProvider {
  const spec: ProviderSpec = providerSpecSchema.parse({
    type: 'openai',
    model: 'test-model',
    base_url: baseUrl,
    ...more,
  });
  const settings = { env, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
  return createHttpProvider({ id: 'p', spec, at: (path) => `p.yaml:${path.join('.')}` }, settings);
}

export function ask(text = 'hello', more: Partial<CompletionRequest> = {}): CompletionRequest {
  const context = { scenario: 's', provider: 'p' };
  return { messages: [{ role: 'user', content: text }], parameters: {}, context, ...more };
}

export const open: CompleteOptions = { signal: new AbortController().signal };

export async function failureOf(promise: Promise<Completion>): Promise<Failure> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ArenaError)) throw new Error(`not an ArenaError: ${error}`);
  return error.failure;
}

/** What the provider makes of one scripted answer. */
export async function scripted(answer: NonNullable<MockScript['default']>, request = ask()): Promise<Completion> {
  const { url } = await mock({ script: { default: answer } });
  return provider(url).complete(request, open);
}
