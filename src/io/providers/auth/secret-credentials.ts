/** Credentials for clouds that lie in a Kubernetes Secret. */
import { ArenaError } from '../../../core/errors.js';
import type { SecretRef } from '../../../schema/secret-ref.js';
import type { ClusterSecrets } from '../../secrets/cluster-secrets.js';
import { AmbientCredentials } from './ambient-credentials.js';
import type { AwsCredentials } from './aws-credentials.js';
import { clientSecretToken } from './azure-tokens.js';
import { serviceAccountToken } from './google-tokens.js';

/** What a Secret holds is read again after this time: it may have been replaced. In milliseconds. */
const KEPT_MS = 15 * 60_000;

/** One Secret, and the entries that are looked for in it. */
export interface CredentialSource {
  reference: SecretRef;
  secrets: ClusterSecrets;
}

/** What to do about credentials that are missing or wrong. */
export function secretHint({ reference }: CredentialSource): string {
  return `check the credentials in ${nameOf(reference)} (platform.auth.secret_ref of the provider)`;
}

export function awsFromSecret(source: CredentialSource): AmbientCredentials<AwsCredentials> {
  return new AmbientCredentials('AWS', async () => {
    const entries = await entriesOf(source);
    const accessKeyId = entries.expect('AWS_ACCESS_KEY_ID');
    const secretAccessKey = entries.expect('AWS_SECRET_ACCESS_KEY');
    const sessionToken = entries.find('AWS_SESSION_TOKEN');
    const value = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
    return { value, mark: `${accessKeyId} ${sessionToken ?? secretAccessKey}`, expiresAt: Date.now() + KEPT_MS };
  });
}

/** `account`: the service account that is taken on by the one of the Secret. */
export function googleFromSecret(source: CredentialSource, account?: string): AmbientCredentials<string> {
  return new AmbientCredentials('Google Cloud', async () => {
    const entries = await entriesOf(source);
    const text = entries.expect(source.reference.key ?? entries.only() ?? 'key.json');
    return serviceAccountToken(text, nameOf(source.reference), account);
  });
}

export function azureFromSecret(source: CredentialSource, scope: string): AmbientCredentials<string> {
  return new AmbientCredentials('Azure', async () => {
    const entries = await entriesOf(source);
    const [tenant, client, secret] = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'].map((name) =>
      entries.expect(name),
    );
    return clientSecretToken({ tenant: tenant ?? '', client: client ?? '', secret: secret ?? '' }, scope);
  });
}

class Entries {
  constructor(
    private readonly source: CredentialSource,
    private readonly data: Readonly<Record<string, string>>,
  ) {}

  find(name: string): string | undefined {
    const written = Object.hasOwn(this.data, name) ? this.data[name] : undefined;
    const text = Buffer.from(written ?? '', 'base64')
      .toString('utf8')
      .trim();
    return text === '' ? undefined : text;
  }

  expect(name: string): string {
    const text = this.find(name);
    if (text !== undefined) return text;
    const message = `${nameOf(this.source.reference)} has no entry ${name}, or nothing in it.`;
    throw new ArenaError({ code: 'unauthorized', message, hint: secretHint(this.source) });
  }

  /** Name of the entry, where there is but one. */
  only(): string | undefined {
    const names = Object.keys(this.data);
    return names.length === 1 ? names[0] : undefined;
  }
}

async function entriesOf(source: CredentialSource): Promise<Entries> {
  const { data } = await source.secrets.read(source.reference);
  return new Entries(source, data);
}

const nameOf = ({ name, namespace }: SecretRef): string =>
  `the Secret ${namespace === undefined ? '' : `${namespace}/`}${name}`;
