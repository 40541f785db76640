/** Asks an agent over A2A: JSON-RPC over HTTP, as a stream where the agent offers it, else by looking until it is done. */
import { ArenaError } from '../../core/errors.js';
import type { AgentCard, OutsideOptions, RemoteAgent } from '../../core/outside-services.js';
import { callService } from '../bounded-http.js';
import { pause } from '../pause.js';
import { watchAbort } from '../providers/abort-hub.js';
import { SseReader } from '../providers/wires/sse.js';
import { type Endpoint, endpointOf, fetchCard } from './agent-card.js';
import { AgentTask } from './agent-task.js';
import { failureOf, malformed } from './failures.js';
import { headersOf, type Method, question, readAnswer, rpcBody } from './wire.js';

const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** First pause between two looks at a task, and the longest one, in milliseconds. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/** Cards by address and headers. */
const cards = new Map<string, { card: ReturnType<typeof fetchCard>; readAt: number }>();
const MAX_CARDS = 200;

/** A shared worker outlives its runs, and agents move between them. In milliseconds. */
const CARD_TTL_MS = 5 * 60_000;

/** One request serves all who ask meanwhile, so that nobody's signal ends it; each stops waiting by its own. */
function cardOf(agent: RemoteAgent, signal: AbortSignal): ReturnType<typeof fetchCard> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const unwatch = watchAbort(signal, reject);
    sharedCard(agent).then(resolve, reject).finally(unwatch);
  });
}

function sharedCard(agent: RemoteAgent): ReturnType<typeof fetchCard> {
  const key = JSON.stringify([agent.url, agent.headers]);
  const known = cards.get(key);
  if (known !== undefined && performance.now() - known.readAt < CARD_TTL_MS) return known.card;
  if (cards.size >= MAX_CARDS) cards.clear();
  const card = fetchCard(agent, new AbortController().signal);
  cards.set(key, { card, readAt: performance.now() });
  // One that could not be had is asked for again; whoever waits for it sees the failure.
  card.catch(() => cards.delete(key));
  return card;
}

/** Throws an `ArenaError` when the agent has no card. */
export async function readAgentCard(agent: RemoteAgent, { signal }: OutsideOptions): Promise<AgentCard> {
  const card = await cardOf(agent, signal);
  if (card?.skills !== undefined && card.skills.length > 0) {
    return { description: card.description, skills: card.skills };
  }
  const { origin } = new URL(agent.url);
  throw new ArenaError({
    code: 'malformed_answer',
    message:
      card === undefined ? `the agent at ${origin} has no card` : `the card of the agent at ${origin} lists no skills`,
    hint: 'name its skills in the bundle, under card.skills',
  });
}

/** The text of the agent's answer. Throws an `ArenaError`, or the signal's reason when it was aborted. */
export async function askAgent(agent: RemoteAgent, text: string, { signal }: OutsideOptions): Promise<string> {
  const deadline = Date.now() + agent.timeoutMs;
  const left = (): number => Math.max(1, deadline - Date.now());
  const endpoint = endpointOf(agent, await cardOf(agent, signal));
  const { url, version, streaming } = endpoint;
  const task = new AgentTask(url.origin);
  const late = (): ArenaError => {
    const message = `the agent at ${url.origin} was not done within ${agent.timeoutMs / 1000} s`;
    return new ArenaError({ code: 'call_timeout', message, hint: 'raise its timeout_ms' });
  };
  const call = async (method: Method, params: object): Promise<void> => {
    try {
      await exchange(endpoint, agent, { method, params, timeoutMs: left(), task, signal });
    } catch (error) {
      // One call has only what the calls before it left; the user knows the agent's whole time.
      throw error instanceof ArenaError && error.code === 'call_timeout' ? late() : error;
    }
  };
  await call(streaming ? 'stream' : 'send', question(version, agent, text));
  if (!task.isKnown) throw malformed(url, 'answered with nothing');
  for (let waitMs = FIRST_PAUSE_MS; task.pending !== undefined; waitMs = Math.min(waitMs * 2, LONGEST_PAUSE_MS)) {
    if (left() <= waitMs) throw late();
    await pause(waitMs, signal);
    await call('get', { id: task.pending });
  }
  return task.answer();
}

interface Exchange {
  method: Method;
  params: object;
  timeoutMs: number;
  task: AgentTask;
  signal: AbortSignal;
}

/** One call; the task takes in what comes back. */
async function exchange({ url, version }: Endpoint, agent: RemoteAgent, asked: Exchange): Promise<void> {
  const { method, params, timeoutMs, task, signal } = asked;
  const accept = method === 'stream' ? 'text/event-stream' : 'application/json';
  const headers = headersOf(version, agent, accept);
  const body = rpcBody(version, method, params);
  const answer = await callService(
    { method: 'POST', url, headers, body, timeoutMs, maxBytes: MAX_ANSWER_BYTES },
    signal,
  );
  const text = answer.body.toString('utf8');
  if (answer.status < 200 || answer.status >= 300) throw failureOf(url, answer.status, text);
  const take = (json: string): void => {
    const read = readAnswer(json);
    if (read === undefined) throw malformed(url, 'answered with what is no message of the protocol');
    if ('error' in read) {
      throw new ArenaError({ code: 'provider_rejected', message: `the agent at ${url.origin} refused: ${read.error}` });
    }
    task.take(read.event);
  };
  if (answer.contentType !== 'text/event-stream') {
    take(text);
    return;
  }
  const reader = new SseReader(take, MAX_ANSWER_BYTES);
  reader.push(answer.body);
  reader.end();
}
