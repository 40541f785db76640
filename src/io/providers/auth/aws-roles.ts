/** Roles of AWS that a provider is called in, in place of what this process is. */
import { readFile } from 'node:fs/promises';
import { ArenaError, toFailure } from '../../../core/errors.js';
import { callService } from '../../bounded-http.js';
import { scrubberOf } from '../credential.js';
import { AmbientCredentials, type AmbientValue } from './ambient-credentials.js';
import { type AwsCredentials, awsCredentials } from './aws-credentials.js';
import { AwsSigner } from './aws-signer.js';
import { saidBy } from './library-error.js';

const VERSION = '2011-06-15';

/** What the trail of AWS shows of who took the role on. */
const SESSION = 'arena';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 65_536;

export interface AwsRole {
  arn: string;
  /** What the role's owner may ask for in its trust policy. */
  externalId?: string;
  /** Whose Security Token Service is asked. */
  region: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const shared = new Map<string, AmbientCredentials<AwsCredentials>>();

/** In the role, as this process; shared by all providers that name it. */
export function awsRole(role: AwsRole, env: Environment): AmbientCredentials<AwsCredentials> {
  const key = JSON.stringify([role.arn, role.externalId, role.region]);
  const known = shared.get(key) ?? openAwsRole(role, awsCredentials(), env, env.AWS_WEB_IDENTITY_TOKEN_FILE);
  shared.set(key, known);
  return known;
}

/**
 * In the role, taken on by `base`. `tokenFile`: the token of a pod, with which roles that trust its cluster are taken on
 * at once; those that do not are taken on by `base`.
 */
export function openAwsRole(
  role: AwsRole,
  base: AmbientCredentials<AwsCredentials>,
  env: Environment,
  tokenFile?: string,
): AmbientCredentials<AwsCredentials> {
  const service = new RoleService(role, base, env);
  return new AmbientCredentials('AWS', async () => {
    if (!tokenFile) return service.assume();
    try {
      return await service.assumeByToken(tokenFile);
    } catch (error) {
      if (toFailure(error).code !== 'unauthorized') throw error;
      return service.assume();
    }
  });
}

class RoleService {
  private readonly url: URL;
  private readonly signer: AwsSigner;

  constructor(
    private readonly role: AwsRole,
    private readonly base: AmbientCredentials<AwsCredentials>,
    env: Environment,
  ) {
    const { region } = role;
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    this.url = new URL(env.AWS_ENDPOINT_URL_STS || `https://sts.${region}.${domain}`);
    this.signer = new AwsSigner({ credentials: base, service: 'sts', region, hint: '', own: {} });
  }

  async assume(): Promise<AmbientValue<AwsCredentials>> {
    const { arn, externalId } = this.role;
    const wanted = { RoleArn: arn, RoleSessionName: SESSION, ...(externalId && { ExternalId: externalId }) };
    try {
      return this.read(await this.ask('AssumeRole', wanted));
    } catch (error) {
      // Few roles let themselves be taken on by themselves.
      if (toFailure(error).code === 'unauthorized' && (await this.isAlready())) return this.base.current();
      throw error;
    }
  }

  async assumeByToken(file: string): Promise<AmbientValue<AwsCredentials>> {
    const token = (await readFile(file, 'utf8').catch(() => '')).trim();
    const wanted = { RoleArn: this.role.arn, RoleSessionName: SESSION, WebIdentityToken: token };
    return this.read(await this.ask('AssumeRoleWithWebIdentity', wanted, scrubberOf(token, {})));
  }

  private async isAlready(): Promise<boolean> {
    const answer = await this.ask('GetCallerIdentity', {}).catch(() => '');
    const [, account, name] = /arn:[\w-]+:sts::(\d+):assumed-role\/([^/<]+)\//.exec(answer) ?? [];
    const { arn } = this.role;
    return account !== undefined && arn.includes(`::${account}:role/`) && arn.endsWith(`/${name}`);
  }

  /** Without `scrub` it is signed as `base`. */
  private async ask(
    action: string,
    fields: { [name: string]: string },
    scrub?: (text: string) => string,
  ): Promise<string> {
    const { url } = this;
    const body = new URLSearchParams({ Action: action, Version: VERSION, ...fields }).toString();
    const headers = ['content-type', 'application/x-www-form-urlencoded; charset=utf-8'];
    const caller = scrub === undefined ? await this.signer.caller({ method: 'POST', url, headers, body }) : undefined;
    const pairs = [...headers, ...(caller?.headers ?? [])];
    const sent = Object.fromEntries(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name, pairs[at + 1] ?? '']] : [])));
    const request = { method: 'POST', url, headers: sent, body, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER_BYTES };
    const answer = await callService(request, new AbortController().signal);
    const text = answer.body.toString('utf8');
    if (answer.status === 200) return text;
    throw this.failureOf(answer.status, (scrub ?? caller?.scrub ?? String)(text));
  }

  private read(answer: string): AmbientValue<AwsCredentials> {
    const [accessKeyId, secretAccessKey, sessionToken, expiration] = [
      'AccessKeyId',
      'SecretAccessKey',
      'SessionToken',
      'Expiration',
    ].map((name) => textOf(answer, name));
    if (accessKeyId === undefined || secretAccessKey === undefined || sessionToken === undefined) {
      const message = `${this.url.origin} gave no credentials for the role ${this.role.arn}.`;
      throw new ArenaError({ code: 'malformed_answer', message });
    }
    const expiresAt = Date.parse(expiration ?? '');
    return {
      value: { accessKeyId, secretAccessKey, sessionToken },
      mark: `${accessKeyId} ${sessionToken}`,
      expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
    };
  }

  private failureOf(status: number, answer: string): ArenaError {
    const name = textOf(answer, 'Code') ?? `HTTP ${status}`;
    const said = saidBy(textOf(answer, 'Message') ?? '');
    const message = `AWS does not let this process take on the role ${this.role.arn} (${name}${said === '' ? '' : `: ${said}`}).`;
    if (status >= 500 || status === 429 || /throttl/i.test(name)) {
      return new ArenaError({ code: 'provider_unavailable', message, status });
    }
    const hint = `let the trust policy of the role name who the workers are${this.role.externalId === undefined ? '' : `, with the external id ${this.role.externalId}`}, and let them call sts:AssumeRole`;
    return new ArenaError({ code: 'unauthorized', message, hint, status });
  }
}

/** The first element of a name; what a key is made of needs no escapes. */
function textOf(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>\\s*([^<]+?)\\s*</${name}>`).exec(xml)?.[1];
}
