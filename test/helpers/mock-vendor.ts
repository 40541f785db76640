import { afterEach } from '@jest/globals';
import type { MockServerOptions } from '../../src/io/mock-server/options.js';
import type { MockScript } from '../../src/io/mock-server/script.js';
import { type MockServer, startMockServer } from '../../src/io/mock-server/server.js';

const servers: MockServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

/** The key that the clients of these tests hold. */
export const KEY = 'key-of-the-tests';

/** A mock server that is closed after the test. */
export async function vendor(options: MockServerOptions = {}): Promise<MockServer> {
  const server = await startMockServer({ apiKey: KEY, ...options });
  servers.push(server);
  return server;
}

type Answer = NonNullable<MockScript['default']>;

/** A server that always gives this answer. */
export function answering(answer: Answer): Promise<MockServer> {
  return vendor({ script: { default: answer } });
}

/** Two parallel calls of a tool, and a text once their results have come: what a conversation with tools takes. */
export const TOOL_ROUND: MockScript = {
  answers: [
    { when: { after_tool: true, tool_result: '21 degrees' }, answer: { text: 'Rome is warmer.' } },
    {
      when: { user: 'warmer', after_tool: false, turn: 1, system: 'Be brief.' },
      answer: {
        tool_calls: [
          { id: 'call_rome', name: 'weather', arguments: { city: 'Rome', days: [1, 2] } },
          { id: 'call_oslo', name: 'weather', arguments: { city: 'Oslo' } },
        ],
      },
    },
  ],
  default: { text: 'No rule fits.' },
};

/** Texts long enough for several chunks, with what is cut in the wrong place when a chunk is taken for characters. */
export const SPOKEN = 'Grüße aus Rom – 21 °C, “sunny” 🌞 and\nwarm.';

export async function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error,
  );
}

export async function gathered<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const each of stream) found.push(each);
  return found;
}

/** Until the server has so many calls in flight, or the test has ended. */
export async function inFlight(server: MockServer, calls = 1): Promise<void> {
  while (server.stats().inFlight !== calls && servers.includes(server)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
