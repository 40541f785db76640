/** Tokens that an issuer gives to the service account of this process: bought once for many connections. */
import { z } from 'zod';
import { ArenaError, type Failure, toFailure } from '../../core/errors.js';
import { callService } from '../bounded-http.js';
import { excerpt } from '../providers/answer-failure.js';
import { scrubberOf } from '../providers/credential.js';
import { KeyFile } from '../secrets/key-file.js';
import type { Bearer } from './bearer.js';

const USUAL_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/** A token is not used when less than this is left of its life, in milliseconds. */
const LEEWAY_MS = 30_000;

/** Used where the issuer does not say how long a token lives, in milliseconds. */
const USUAL_LIFE_MS = 300_000;

const MINT_TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;

/** Header values that a token can be part of. */
const PRINTABLE = /^[\x21-\x7e]+$/;

const answerSchema = z.looseObject({
  token: z.string().min(1),
  /** Seconds since the epoch, or a date. */
  expires_at: z.union([z.number(), z.string()]).nullish(),
});

export interface ServiceTokenOptions {
  url: string;
  tokenFile?: string;
  agent?: string;
  workspace?: string;
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export class ServiceToken implements Bearer {
  private readonly account: KeyFile;
  private readonly now: () => number;
  private minted: { token: string; usableUntil: number } | undefined;
  private minting: Promise<void> | undefined;

  constructor(private readonly options: ServiceTokenOptions) {
    this.account = new KeyFile(options.tokenFile ?? USUAL_FILE);
    this.now = options.now ?? Date.now;
  }

  ready(): Promise<void> | undefined {
    if (this.minted !== undefined && this.now() < this.minted.usableUntil) return undefined;
    this.minting ??= this.mint().finally(() => {
      this.minting = undefined;
    });
    return this.minting;
  }

  key(): string | undefined {
    return this.minted?.token;
  }

  async refused(token: string | undefined): Promise<boolean> {
    if (this.minted?.token === token) this.minted = undefined;
    // What is wrong with the issuer is told to the next call.
    await this.ready()?.catch(() => undefined);
    return this.minted !== undefined && this.minted.token !== token;
  }

  hint(): string {
    const { host } = new URL(this.options.url);
    return `check that ${host} issues tokens for it (credential.service_token of the provider)`;
  }

  private async mint(): Promise<void> {
    const { agent, workspace } = this.options;
    const url = new URL(this.options.url);
    const account = this.accountToken();
    const answer = await callService(
      {
        method: 'POST',
        url,
        headers: { authorization: `Bearer ${account}`, 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ agent, workspace }),
        timeoutMs: MINT_TIMEOUT_MS,
        maxBytes: MAX_ANSWER_BYTES,
      },
      new AbortController().signal,
    );
    const text = answer.body.toString('utf8');
    if (answer.status !== 200 && answer.status !== 201) {
      const code = answer.status >= 500 || answer.status === 429 ? 'provider_unavailable' : 'unauthorized';
      const said = excerpt(text, scrubberOf(account, {}));
      const message = `${url.origin}${url.pathname} issues no token: HTTP ${answer.status}${said === '' ? '' : `, ${said}`}`;
      const hint = 'let the issuer admit the service account of the workers for this agent and workspace';
      const failure: Failure = { code, message, status: answer.status };
      throw new ArenaError(code === 'unauthorized' ? { ...failure, hint } : failure);
    }
    this.minted = this.read(text, url);
  }

  private read(text: string, url: URL): { token: string; usableUntil: number } {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      json = undefined;
    }
    const answer = answerSchema.safeParse(json).data;
    if (answer === undefined || !PRINTABLE.test(answer.token)) {
      const message = `${url.origin}${url.pathname} answered with something that holds no token`;
      throw new ArenaError({ code: 'malformed_answer', message });
    }
    const expiresAt = timeOf(answer.expires_at) ?? this.now() + USUAL_LIFE_MS;
    return { token: answer.token, usableUntil: expiresAt - LEEWAY_MS };
  }

  private accountToken(): string {
    try {
      return this.account.key();
    } catch (error) {
      const hint =
        'run the workers in a cluster with a service account, or correct credential.service_token.token_file';
      throw new ArenaError({ ...toFailure(error), hint });
    }
  }
}

function timeOf(expiresAt: number | string | null | undefined): number | undefined {
  if (typeof expiresAt === 'number') return expiresAt * 1000;
  const time = Date.parse(expiresAt ?? '');
  return Number.isNaN(time) ? undefined : time;
}
