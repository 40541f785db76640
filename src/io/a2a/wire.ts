/** The JSON-RPC messages of the A2A protocol, in its versions 0.3 and 1.0. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { RemoteAgent } from '../../core/outside-services.js';
import type { Version } from './agent-card.js';

/** Parts of both versions: 0.3 names their kind, 1.0 does not. */
const part = z.looseObject({ text: z.string().optional(), data: z.json().optional() });
const parts = z.array(part).nullish();
const message = z.looseObject({ role: z.string().optional(), parts });
const status = z.looseObject({ state: z.string(), message: message.nullish() });
const artifact = z.looseObject({ artifactId: z.string().optional(), parts });
const task = z.looseObject({
  id: z.string(),
  status,
  artifacts: z.array(artifact).nullish(),
  history: z.array(message).nullish(),
});
const statusUpdate = z.looseObject({ taskId: z.string(), status });
const artifactUpdate = z.looseObject({ taskId: z.string(), artifact, append: z.boolean().nullish() });

export type Part = z.infer<typeof part>;
export type TaskMessage = z.infer<typeof message>;
export type Task = z.infer<typeof task>;

export type Event =
  | { kind: 'message'; message: TaskMessage }
  | { kind: 'task'; task: Task }
  | { kind: 'status'; update: z.infer<typeof statusUpdate> }
  | { kind: 'artifact'; update: z.infer<typeof artifactUpdate> };

/** Version 1.0 wraps what it sends in a key that says what it is, 0.3 names it in `kind`. */
const wrapped = z.union([
  z.looseObject({ message }).transform(({ message: said }): Event => ({ kind: 'message', message: said })),
  z.looseObject({ task }).transform(({ task: one }): Event => ({ kind: 'task', task: one })),
  z.looseObject({ statusUpdate }).transform(({ statusUpdate: update }): Event => ({ kind: 'status', update })),
  z.looseObject({ artifactUpdate }).transform(({ artifactUpdate: update }): Event => ({ kind: 'artifact', update })),
]);

const named = z.union([
  message.extend({ kind: z.literal('message') }).transform((said): Event => ({ kind: 'message', message: said })),
  task.extend({ kind: z.literal('task') }).transform((one): Event => ({ kind: 'task', task: one })),
  statusUpdate.extend({ kind: z.literal('status-update') }).transform((update): Event => ({ kind: 'status', update })),
  artifactUpdate
    .extend({ kind: z.literal('artifact-update') })
    .transform((update): Event => ({ kind: 'artifact', update })),
  // Some servers leave the kind out: what has a status is a task, what has a role a message.
  task.transform((one): Event => ({ kind: 'task', task: one })),
  message.extend({ role: z.string() }).transform((said): Event => ({ kind: 'message', message: said })),
]);

const events = z.union([named, wrapped]);

const rpcAnswer = z.looseObject({
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number().optional(), message: z.string().optional() }).nullish(),
});

/** What came back on a call: an event, an error of the agent, or nothing that the protocol knows. */
export function readAnswer(text: string): { event: Event } | { error: string } | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const answer = rpcAnswer.safeParse(json);
  if (!answer.success) return undefined;
  const { error, result } = answer.data;
  if (error !== undefined && error !== null) return { error: error.message ?? `error ${error.code ?? ''}`.trim() };
  const event = events.safeParse(result);
  return event.success ? { event: event.data } : undefined;
}

const METHODS = {
  '0.3': { send: 'message/send', stream: 'message/stream', get: 'tasks/get' },
  '1.0': { send: 'SendMessage', stream: 'SendStreamingMessage', get: 'GetTask' },
} as const;

export type Method = keyof (typeof METHODS)['1.0'];

export function rpcBody(version: Version, method: Method, params: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id: randomUUID(), method: METHODS[version][method], params });
}

/** Parameters of a question. An agent that keeps the id in mind does not do the same work twice. */
export function question(version: Version, { skill, messageId = randomUUID() }: RemoteAgent, text: string): object {
  const metadata = skill === undefined ? {} : { metadata: { skillId: skill } };
  if (version === '1.0') {
    return {
      message: { messageId, role: 'ROLE_USER', parts: [{ text }], ...metadata },
      configuration: { acceptedOutputModes: ['text/plain', 'application/json'] },
    };
  }
  return {
    message: { kind: 'message', messageId, role: 'user', parts: [{ kind: 'text', text }], ...metadata },
    configuration: { acceptedOutputModes: ['text/plain', 'application/json'], blocking: true },
  };
}

export function headersOf(version: Version, agent: RemoteAgent, accept: string): { [name: string]: string } {
  const own = { 'content-type': 'application/json', accept, ...agent.headers };
  return version === '1.0' ? { 'A2A-Version': '1.0', ...own } : own;
}

/** `working` for both `working` and `TASK_STATE_WORKING`. */
export const stateName = (state: string): string =>
  state
    .toLowerCase()
    .replace(/^task_state_/, '')
    .replaceAll('_', '-');

/** Texts as they are, values as JSON; files leave no text. */
export function textOf(list: readonly Part[] | null | undefined): string {
  const texts = (list ?? []).flatMap(({ text, data }) => {
    if (text !== undefined) return [text];
    return data === undefined ? [] : [JSON.stringify(data)];
  });
  return texts.join('\n');
}
