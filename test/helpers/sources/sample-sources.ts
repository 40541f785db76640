/** ArenaSources of each type with each way in, and such that cannot be fetched. */
import type { GitHttpServer } from './git-http.js';
import type { GitSshServer } from './git-ssh.js';
import { type OciRegistry, REGISTRY_USER } from './registry-door.js';
import type { SourceObjects } from './source-objects.js';

export interface SourceServers {
  open: GitHttpServer;
  closed: GitHttpServer;
  ssh: GitSshServer;
  registry: OciRegistry;
  /** Of the repository that the git servers have. */
  commit: string;
  /** Of what lies in the registry as team/prompts:v1. */
  digest: string;
}

/** With their Secrets and the ConfigMap, to be applied together. */
export function sourcesOfEachType(objects: SourceObjects, servers: SourceServers): object[] {
  const { open, closed, ssh, registry, commit, digest } = servers;
  const interval = '1h';
  const gitUrl = (origin: string) => `${origin}/prompts.git`;
  const auth = Buffer.from(`${REGISTRY_USER.name}:${REGISTRY_USER.password}`).toString('base64');
  const dockerConfig = JSON.stringify({ auths: { [registry.host]: { auth } } });
  return [
    objects.secret('git-login', { username: closed.user.name, password: closed.user.password }),
    objects.secret('git-key', { identity: ssh.identity, known_hosts: ssh.knownHosts }),
    objects.secret('registry-login', { username: REGISTRY_USER.name, password: REGISTRY_USER.password }),
    objects.secret('registry-config', { '.dockerconfigjson': dockerConfig }, 'kubernetes.io/dockerconfigjson'),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'prompts', namespace: objects.namespace },
      data: { 'config.arena.yaml': 'map', 'scenarios__one.yaml': 'one' },
    },
    objects.source('git-open', { type: 'git', interval, git: { url: gitUrl(open.origin), ref: { branch: 'main' } } }),
    objects.source('git-closed', {
      type: 'git',
      interval,
      git: { url: gitUrl(closed.origin), secretRef: { name: 'git-login' } },
    }),
    objects.source('git-ssh', {
      type: 'git',
      interval,
      git: { url: gitUrl(ssh.origin), ref: { commit }, secretRef: { name: 'git-key' } },
    }),
    objects.source('oci-login', {
      type: 'oci',
      interval,
      oci: { url: `oci://${registry.host}/team/prompts:v1`, insecure: true, secretRef: { name: 'registry-login' } },
    }),
    objects.source('oci-config', {
      type: 'oci',
      interval,
      oci: {
        url: `oci://${registry.host}/team/prompts@${digest}`,
        insecure: true,
        secretRef: { name: 'registry-config' },
      },
    }),
    objects.source('map', {
      type: 'configmap',
      interval,
      configMap: { name: 'prompts', key: 'ignored.json' },
      targetPath: 'x',
      createVersionOnSync: false,
    }),
  ];
}

/** Name, spec, and the reason and message that are told. */
export const FAULTY_SOURCES: [name: string, spec: object, reason: string, said: RegExp][] = [
  [
    'no-secret',
    { type: 'git', interval: '1h', git: { url: 'https://127.0.0.1:1/a', secretRef: { name: 'none' } } },
    'AuthenticationFailed',
    /Secret shop\/none.*create the Secret in shop/,
  ],
  [
    'no-map',
    { type: 'configmap', interval: '1h', configMap: { name: 'none' } },
    'FetchError',
    /no ConfigMap shop\/none/,
  ],
  [
    'no-host',
    { type: 'git', interval: '1h', git: { url: 'http://127.0.0.1:1/a' } },
    'SourceUnreachable',
    /cannot be reached/,
  ],
  [
    'volume',
    { type: 'workspace', interval: '1h', workspace: { path: 'a' } },
    'TypeNotAvailable',
    /no workspace volume here/,
  ],
  [
    'hasty',
    { type: 'configmap', interval: '10ms', configMap: { name: 'prompts' } },
    'InvalidInterval',
    /between 1s and/,
  ],
  [
    'slow',
    { type: 'configmap', interval: '1h', timeout: '30h', configMap: { name: 'prompts' } },
    'FetchError',
    /spec\.timeout "30h" is not between/,
  ],
];
