/** What clients send: a service that keeps each request and answers every one of them the same way. */
import { afterEach } from '@jest/globals';
import type { JsonValue } from '../../src/core/conversation.js';
import { type HttpService, type SeenRequest, startHttpService } from './http-service.js';

export interface Recorder {
  origin: string;
  /** The last request; throws when there is none. */
  last(): { path: string; headers: SeenRequest['headers']; body: JsonValue };
}

const services: HttpService[] = [];

afterEach(async () => {
  for (const service of services.splice(0)) await service.stop();
});

/** @param answer A document, or the text of a stream. */
export async function record(answer: object | string): Promise<Recorder> {
  const service = await startHttpService((_request, response) => {
    const isText = typeof answer === 'string';
    response.writeHead(200, { 'content-type': isText ? 'text/event-stream' : 'application/json' });
    response.end(isText ? answer : JSON.stringify(answer));
  });
  services.push(service);
  return {
    origin: service.origin,
    last: () => {
      const seen = service.seen.at(-1);
      if (seen === undefined) throw new Error('nothing was asked');
      return { path: seen.path, headers: seen.headers, body: JSON.parse(seen.body) };
    },
  };
}
