import { ArenaError, type Failure, toFailure } from '../../src/core/errors.js';
import type { OutsideServices } from '../../src/core/outside-services.js';
import type { CallEnd, CallGate, GatedCall, Pass } from '../shard/call-gate.js';
import { LongWait } from '../shard/hold-item.js';

type Embed = OutsideServices['embed'];

/** Embeddings are requests of their provider's key as well: they pass the same paces, at most this often. */
const TRIES = 3;

export function pacedEmbed(embed: Embed, paces: readonly CallGate[]): Embed {
  return async (name, model, texts, options) => {
    const call = callOf(name, texts, options.signal);
    for (let tries = 1; ; tries += 1) {
      const passes = await enter(paces, call);
      try {
        const vectors = await embed(name, model, texts, options);
        leave(passes, { completion: { content: '', latencyMs: 0 } });
        return vectors;
      } catch (error) {
        const again = leave(passes, options.signal.aborted ? { notCalled: true } : { failure: toFailure(error) });
        if (!again || tries === TRIES) throw error;
      }
    }
  };
}

async function enter(paces: readonly CallGate[], call: GatedCall): Promise<Pass[]> {
  for (;;) {
    const passes: Pass[] = [];
    try {
      for (const pace of paces) {
        const pass = await pace.enter(call);
        if (pass !== undefined) passes.push(pass);
      }
    } catch (error) {
      leave(passes, { notCalled: true });
      throw error;
    }
    if (!passes.some((pass) => pass.expired?.())) return passes;
    leave(passes, { notCalled: true });
  }
}

function leave(passes: readonly Pass[], end: CallEnd): boolean {
  return passes.map((pass) => pass.end(end)).includes(true);
}

function callOf(provider: string, texts: readonly string[], signal: AbortSignal): GatedCall {
  const messages = texts.map((content) => ({ role: 'user' as const, content }));
  return {
    provider,
    request: { messages, parameters: { maxTokens: 0 }, context: { scenario: '', provider } },
    suspect: false,
    patient: true,
    signal,
    setAside: (reason) => {
      throw new ArenaError(reason instanceof LongWait ? tooLong(provider, reason) : reason.failure);
    },
  };
}

function tooLong(provider: string, { dueAt }: LongWait): Failure {
  const message = `the service of ${provider} takes no requests for a while`;
  return { code: 'rate_limited', message, retryAfterMs: Math.max(0, dueAt - Date.now()) };
}
