/** Signature version 4 of AWS: each request is signed. */
import type { SignatureV4 } from '@smithy/signature-v4';
import { answerScrubberOf, scrubberOf } from '../credential.js';
import type { AmbientCredentials, AmbientValue } from './ambient-credentials.js';
import type { Authenticator, Caller, Outgoing } from './authenticator.js';
import type { AwsCredentials } from './aws-credentials.js';
import { NodeSha256 } from './node-sha256.js';
import { optionalPackage } from './optional-package.js';

export interface AwsSignerOptions {
  credentials: AmbientCredentials<AwsCredentials>;
  /** The name that the service is signed for, e.g. `bedrock`. */
  service: string;
  region: string;
  /** How the credentials can be mended, for people. */
  hint: string;
  /** Headers of the provider file. */
  own: Readonly<Record<string, string>>;
  /** Default: the clock of the machine. */
  now?: () => Date;
}

/** What follows from one set of credentials. */
interface Signing extends Pick<Caller, 'scrub' | 'scrubAnswer'> {
  mark: string;
  signer: SignatureV4;
}

export class AwsSigner implements Authenticator {
  private signing: Signing | undefined;
  /** With which credentials a request was signed. */
  private readonly marks = new WeakMap<Caller, string>();

  constructor(private readonly options: AwsSignerOptions) {}

  hint(): string {
    return this.options.hint;
  }

  async caller(request: Outgoing): Promise<Caller> {
    const current = this.options.credentials.current();
    const { mark, signer, scrub, scrubAnswer } = await this.signingWith(
      current instanceof Promise ? await current : current,
    );
    const caller = { headers: await this.sign(request, signer), scrub, scrubAnswer };
    this.marks.set(caller, mark);
    return caller;
  }

  renew(refused: Caller): boolean | Promise<boolean> {
    const mark = this.marks.get(refused);
    return mark === undefined ? true : this.options.credentials.renew(mark);
  }

  /** Headers of the provider file that AWS does not look at are left out of the signature: proxies may change them. */
  private async sign({ method, url, headers, body }: Outgoing, signer: SignatureV4): Promise<string[]> {
    const signed: { [name: string]: string } = { host: url.host };
    for (let place = 0; place + 1 < headers.length; place += 2) {
      const name = (headers[place] ?? '').toLowerCase();
      if (name === 'content-type' || name.startsWith('x-amz')) signed[name] = headers[place + 1] ?? '';
    }
    const given = new Set(Object.keys(signed));
    const query = Object.fromEntries(url.searchParams);
    const { protocol, hostname, pathname: path } = url;
    const now = this.options.now?.() ?? new Date();
    const request = await signer.sign(
      { method, protocol, hostname, path, query, headers: signed, body },
      { signingDate: now },
    );
    return Object.entries(request.headers).flatMap(([name, value]) => (given.has(name) ? [] : [name, value]));
  }

  private async signingWith({ value, mark }: AmbientValue<AwsCredentials>): Promise<Signing> {
    if (this.signing?.mark === mark) return this.signing;
    const { SignatureV4 } = await optionalPackage(
      () => import('@smithy/signature-v4'),
      '@smithy/signature-v4',
      'models on Amazon Bedrock',
    );
    const { region, service, own } = this.options;
    const { accessKeyId, secretAccessKey, sessionToken } = value;
    const secrets = [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
    this.signing = {
      mark,
      signer: new SignatureV4({ service, region, credentials: value, sha256: NodeSha256, applyChecksum: false }),
      scrub: scrubberOf(secrets, own),
      scrubAnswer: answerScrubberOf(secrets, own),
    };
    return this.signing;
  }
}
