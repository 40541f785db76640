import { answerJson, type HttpService, startHttpService } from './http-service.js';

/** What an agent says to the n-th call of a method, e.g. to `message/send`. */
export type Answers = { [method: string]: (params: Record<string, unknown>, call: number) => unknown };

export interface AgentOptions {
  /** Keys of the card beside those that every card has; null: there is no card. */
  card?: object | null;
  /** Where the card lies. */
  cardPath?: string;
  answers: Answers;
  /** Status of the answers to calls. Default: 200. */
  status?: number;
}

/** An agent that follows the A2A protocol over JSON-RPC; answers that are lists come as a stream. */
export function startAgent(options: AgentOptions): Promise<HttpService> {
  const { card = {}, cardPath = '/.well-known/agent-card.json', answers, status = 200 } = options;
  const counts = new Map<string, number>();
  return startHttpService(({ method, path, body }, response) => {
    if (method === 'GET') {
      const found = path === cardPath && card !== null;
      const skills = [{ id: 'search', name: 'Search', description: 'Finds papers', tags: ['papers'] }];
      if (found) answerJson(response, { name: 'Agent', url: '/rpc', skills, ...card });
      else answerJson(response, {}, 404);
      return;
    }
    const call: { id: string; method: string; params: Record<string, unknown> } = JSON.parse(body);
    const count = (counts.get(call.method) ?? 0) + 1;
    counts.set(call.method, count);
    const result = answers[call.method]?.(call.params, count);
    const wrap = (value: unknown) =>
      value instanceof Error
        ? { jsonrpc: '2.0', id: call.id, error: { code: -32000, message: value.message } }
        : { jsonrpc: '2.0', id: call.id, result: value };
    if (!Array.isArray(result)) {
      answerJson(response, result === undefined ? {} : wrap(result), status);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of result) response.write(`data: ${JSON.stringify(wrap(event))}\n\n`);
    response.end();
  });
}

/** A message of version 0.3. */
export const said = (text: string): object => ({
  kind: 'message',
  role: 'agent',
  messageId: 'm1',
  parts: [{ kind: 'text', text }],
});

/** A task of version 0.3. */
export const task = (state: string, rest: object = {}): object => ({
  kind: 'task',
  id: 't1',
  contextId: 'c1',
  status: { state },
  ...rest,
});
