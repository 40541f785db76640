import { expect, test } from '@jest/globals';
import type { Completion, CompletionRequest, Conversation, Provider } from '../../src/core/provider.js';
import { StandIn } from '../../src/io/providers/stand-in.js';

const conversation: Conversation = { id: 'c', onEnd: () => undefined };

function recalling(id: string, recalled: string[]): Provider {
  return {
    id,
    local: false,
    complete: async () => ({ content: '', latencyMs: 0 }),
    recall: (_request, answer) => recalled.push(`${id}: ${answer.content}`),
  };
}

test('whoever speaks is told of answers that are given again, an agent that plays the user as well', () => {
  const recalled: string[] = [];
  const standIn = new StandIn(recalling('mock', recalled), recalling('agent', recalled));
  const answer: Completion = { content: 'hello', latencyMs: 1, session: 's' };
  const request = (persona?: string): CompletionRequest => ({
    messages: [],
    parameters: {},
    context: { scenario: 's', provider: 'p', persona },
  });
  const provider: Provider = standIn;
  provider.recall?.(request('shopper'), answer, conversation);
  provider.recall?.(request(), answer, conversation);
  expect(recalled).toEqual(['agent: hello', 'mock: hello']);
});
