import { afterEach, describe, expect, test } from '@jest/globals';
import { toFailure } from '../../src/core/errors.js';
import { createHttpProvider } from '../../src/io/providers/create-http-provider.js';
import { limitedKey } from '../../src/io/providers/limited-key.js';
import { providerSpecSchema } from '../../src/schema/provider.js';
import { agentAt, failureOf, Talk } from '../helpers/agent-calls.js';
import { answerJson, type HttpService, startHttpService } from '../helpers/http-service.js';

let service: HttpService | undefined;

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const at = () => 'p.yaml:1:1';

describe('a key in the query of an address', () => {
  test.each(['openai', 'claude', 'gemini', 'ollama'])('is sent, and not told when %s repeats it', async (type) => {
    service = await startHttpService(({ path }, response) =>
      answerJson(response, { error: { message: `Cannot POST ${path}` } }, 404),
    );
    const base_url = `${service.origin}/v1?api-key=canary-0123456789&version=2`;
    const spec = providerSpecSchema.parse({ type, model: 'm', base_url, credential: { api_key: 'k' } });
    const settings = { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
    const context = { scenario: 's', provider: 'p' };
    const request = { messages: [{ role: 'user' as const, content: 'hi' }], parameters: {}, context };
    const call = createHttpProvider({ id: 'p', spec, at }, settings).complete(request, {
      signal: new AbortController().signal,
    });
    const failure = toFailure(await call.catch((error: unknown) => error));
    expect(service.seen[0]?.path).toContain('canary-0123456789');
    expect(failure).toMatchObject({ code: 'provider_rejected', message: expect.stringContaining('version=2') });
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test('is not told when an agent repeats it', async () => {
    service = await startHttpService(({ path }, response) => {
      response.writeHead(404);
      response.end(`no agent at ${path}`);
    });
    const agent = agentAt(`${service.origin.replace('http', 'ws')}/ws?token=canary-0123456789&tag=a`);
    const failure = await failureOf(new Talk(agent).say('hi'));
    expect(service.seen[0]?.path).toContain('canary-0123456789');
    expect(failure).toMatchObject({ status: 404, message: expect.stringContaining('tag=a') });
    expect(JSON.stringify(failure)).not.toContain('canary');
  });

  test('is no part of the name of a limiter', () => {
    const service_token = { url: 'https://issuer.test/token?api_key=canary-0123456789' };
    const spec = providerSpecSchema.parse({ type: 'agent', url: 'wss://a.test', credential: { service_token } });
    expect(limitedKey('shop', 'p', spec, {}).keyFrom).toBe('token of https://issuer.test/token?api_key=');
  });
});
