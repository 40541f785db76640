/** What a Secret holds for a registry: a user and a password, a token, or the configuration of Docker. */
import { z } from 'zod';
import { ArenaError } from '../../../core/errors.js';
import type { Secrets } from '../../../core/secrets.js';

export interface RegistryCredentials {
  /** For Basic, and where tokens are given out. */
  user?: { name: string; password: string };
  /** Is shown to the registry itself. */
  registryToken?: string;
  /** Is exchanged for tokens of a short life. */
  identityToken?: string;
}

const DOCKER_CONFIG = '.dockerconfigjson';

const configSchema = z.looseObject({
  auths: z.record(
    z.string(),
    z.looseObject({
      auth: z.string().optional(),
      username: z.string().optional(),
      password: z.string().optional(),
      identitytoken: z.string().optional(),
      registrytoken: z.string().optional(),
    }),
  ),
});

type AuthEntry = z.infer<typeof configSchema>['auths'][string];

const unusable = (message: string, hint: string) => new ArenaError({ code: 'unauthorized', message, hint });

/** Undefined for anonymous access. `registry` as in the address. Everything that is secret goes into `secrets`. */
export function registryCredentials(
  entries: Readonly<Record<string, string>> | undefined,
  registry: string,
  repository: string,
  secrets: Secrets,
): RegistryCredentials | undefined {
  if (entries === undefined) return undefined;
  for (const value of Object.values(entries)) secrets.keep(value);
  const found = entries[DOCKER_CONFIG] === undefined ? plain(entries) : configured(entries, registry, repository);
  const { user, identityToken, registryToken } = found;
  for (const secret of [user?.password, identityToken, registryToken]) if (secret) secrets.keep(secret);
  if (user !== undefined) secrets.keep(basic(user));
  return found;
}

/** Value of Basic, without the word. */
export const basic = ({ name, password }: { name: string; password: string }): string =>
  Buffer.from(`${name}:${password}`).toString('base64');

function plain({ username, password, token }: Readonly<Record<string, string>>): RegistryCredentials {
  const [name, secret] = [(username ?? '').trim(), (password ?? token ?? '').trim()];
  if (name !== '' && secret !== '') return { user: { name, password: secret } };
  throw unusable(
    `The Secret of the registry holds neither username and password nor ${DOCKER_CONFIG}.`,
    'add both entries, or make it with kubectl create secret docker-registry',
  );
}

function configured(
  entries: Readonly<Record<string, string>>,
  registry: string,
  repository: string,
): RegistryCredentials {
  let written: unknown;
  try {
    written = JSON.parse(entries[DOCKER_CONFIG] ?? '');
  } catch {
    written = undefined;
  }
  const config = configSchema.safeParse(written);
  const hint = 'make it anew with kubectl create secret docker-registry';
  if (!config.success) throw unusable(`The entry ${DOCKER_CONFIG} of the Secret is no configuration of Docker.`, hint);
  const { auths } = config.data;
  // The longest address that covers the repository, as the kubelet does.
  const fitting = Object.keys(auths)
    .filter((address) => covers(address, registry, repository))
    .sort((a, b) => b.length - a.length);
  const entry = auths[fitting[0] ?? ''];
  if (entry === undefined) {
    const named = Object.keys(auths).slice(0, 5).map(hostOf).join(', ');
    throw unusable(`The entry ${DOCKER_CONFIG} of the Secret has no key for ${registry}, only for ${named}.`, hint);
  }
  return ofEntry(entry, hint);
}

function ofEntry(entry: AuthEntry, hint: string): RegistryCredentials {
  if (entry.registrytoken) return { registryToken: entry.registrytoken };
  const [, name = '', password = ''] = /^([^:]*):([\s\S]*)$/.exec(
    Buffer.from(entry.auth ?? '', 'base64').toString('utf8'),
  ) ?? [undefined, entry.username, entry.password];
  // Docker writes a user for the token as well, who has no password.
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (name === '' || password === '') {
    throw unusable(`The entry ${DOCKER_CONFIG} of the Secret has neither user and password nor a token.`, hint);
  }
  return { user: { name, password: password.replace(/[\0\n]+$/, '') } };
}

const withoutScheme = (address: string): string => address.replace(/^https?:\/\//, '').replace(/\/+$/, '');
const hostOf = (address: string): string => withoutScheme(address).split('/', 1)[0] ?? '';

/** `registry`, `https://registry/v1/`, `registry/path` and `*.example.com` are all written there. */
function covers(address: string, registry: string, repository: string): boolean {
  const host = hostOf(address).toLowerCase();
  const path = withoutScheme(address)
    .slice(host.length)
    .replace(/^\/+/, '')
    .replace(/^v[12](\/|$)/, '');
  const own =
    registry === 'docker.io' ? ['docker.io', 'index.docker.io', 'registry-1.docker.io'] : [registry.toLowerCase()];
  if (!own.some((name) => sameHost(host, name))) return false;
  return path === '' || repository === path || repository.startsWith(`${path}/`);
}

/** `*` stands for one part of a host. */
function sameHost(pattern: string, host: string): boolean {
  const [wanted, given] = [pattern.split('.'), host.split('.')];
  return wanted.length === given.length && wanted.every((part, index) => part === '*' || part === given[index]);
}
