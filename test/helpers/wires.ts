/** Wire formats as provider files make them, without a server. */
import type { CompletionRequest, RequestMessage } from '../../src/core/provider.js';
import { providerSettings } from '../../src/io/providers/provider-settings.js';
import { services } from '../../src/io/providers/services.js';
import { AnswerUnderway } from '../../src/io/providers/wires/answer-underway.js';
import type { StreamEvent, Wire, WireAnswer } from '../../src/io/providers/wires/wire.js';
import { type ProviderSpec, providerSpecSchema } from '../../src/schema/provider.js';

export function wireOf(given: { type: string; model: string; [member: string]: unknown }): Wire {
  const spec: ProviderSpec = providerSpecSchema.parse(given);
  const service = services.get(spec.type);
  if (service === undefined) throw new Error(`there is no service ${spec.type}`);
  const document = { id: 'p', spec, at: (path: readonly (string | number)[]) => `p.yaml:${path.join('.')}` };
  const settings = { env: {}, jobTimeoutMs: undefined, arenaTimeoutMs: undefined };
  return service.wire(document, providerSettings(document, service, settings));
}

export function requestOf(messages: RequestMessage[], more: Partial<CompletionRequest> = {}): CompletionRequest {
  return { messages, parameters: {}, context: { scenario: 's', provider: 'p' }, ...more };
}

export const user = (content: string): RequestMessage => ({ role: 'user', content });

export const assistant = (content: string): RequestMessage => ({ role: 'assistant', content });

/** The answer of a stream, and after how many of its events the first token had come. */
export function streamed(wire: Wire, events: StreamEvent[], maxBytes = 100_000): WireAnswer & { firstToken?: number } {
  let firstToken: number | undefined;
  let taken = 0;
  const underway = new AnswerUnderway(maxBytes, () => {
    firstToken = taken;
  });
  const take = wire.openStream(underway);
  for (const event of events) {
    taken += 1;
    take(event);
  }
  return { ...underway.finish(), firstToken };
}
