/** The volumes of a pod as folders of this machine. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ApiClient, KubeObject } from './api-client.js';
import { type Container, fieldOf, NotYet, type Pod, type Projection, type Volume } from './pod.js';
import { entriesOf } from './pod-environment.js';

/** A folder or file that a container sees at a path. */
export interface Mount {
  path: string;
  source: string;
  readOnly: boolean;
}

const ACCOUNT_PATH = '/var/run/secrets/kubernetes.io/serviceaccount';
const ACCOUNT_VOLUME = 'kube-api-access';

/** Folder by name of the volume, with the token of the pod's own service account unless it does without. */
export async function makeVolumes(api: ApiClient, ca: string, pod: Pod, folder: string): Promise<Map<string, string>> {
  const volumes = [...(pod.spec.volumes ?? [])];
  if (await wantsToken(api, pod)) volumes.push(accountVolume());
  const folders = new Map<string, string>();
  for (const volume of volumes)
    folders.set(volume.name, await makeVolume(api, ca, pod, volume, join(folder, volume.name)));
  return folders;
}

/** What a container mounts of them. */
export function mountsOf({ volumeMounts = [] }: Container, volumes: ReadonlyMap<string, string>): Mount[] {
  const mounts = volumeMounts.map(({ name, mountPath, subPath, readOnly = false }) => {
    const source = volumes.get(name);
    if (source === undefined) throw new NotYet('CreateContainerConfigError', `no volume ${name}`);
    const path = subPath === undefined ? source : join(source, subPath);
    if (subPath !== undefined) mkdirSync(path, { recursive: true });
    return { path: mountPath, source: path, readOnly };
  });
  const account = volumes.get(ACCOUNT_VOLUME);
  if (account === undefined || mounts.some(({ path }) => path === ACCOUNT_PATH)) return mounts;
  return [...mounts, { path: ACCOUNT_PATH, source: account, readOnly: true }];
}

async function wantsToken(api: ApiClient, { metadata, spec }: Pod): Promise<boolean> {
  if (spec.automountServiceAccountToken !== undefined) return spec.automountServiceAccountToken;
  const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${spec.serviceAccountName ?? 'default'}`;
  const { status, body } = await api.request<KubeObject & { automountServiceAccountToken?: boolean }>('GET', path);
  // An account that is not there can have no token; a pod that names it waits for it, one of the default account runs.
  if (status !== 200) return spec.serviceAccountName !== undefined;
  return body.automountServiceAccountToken ?? true;
}

function accountVolume(): Volume {
  const sources: Projection[] = [
    { serviceAccountToken: { path: 'token' } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
  ];
  return { name: ACCOUNT_VOLUME, projected: { sources } };
}

async function makeVolume(api: ApiClient, ca: string, pod: Pod, volume: Volume, folder: string): Promise<string> {
  const { hostPath, persistentVolumeClaim, secret, configMap, downwardAPI, projected } = volume;
  if (hostPath !== undefined) return hostFolder(hostPath.path, hostPath.type);
  if (persistentVolumeClaim !== undefined) return claimed(api, pod, persistentVolumeClaim.claimName);
  mkdirSync(folder, { recursive: true });
  const sources: Projection[] = [
    ...(secret === undefined ? [] : [{ secret: { ...secret, name: secret.secretName } }]),
    ...(configMap === undefined ? [] : [{ configMap }]),
    ...(downwardAPI === undefined ? [] : [{ downwardAPI }]),
    ...(projected?.sources ?? []),
  ];
  for (const source of sources) await project(api, pod, source, folder);
  if (volume.name === ACCOUNT_VOLUME) writeFileSync(join(folder, 'ca.crt'), ca);
  const { fsGroup } = pod.spec.securityContext ?? {};
  if (volume.emptyDir !== undefined) chmodSync(folder, fsGroup === undefined ? 0o777 : 0o2777);
  if (fsGroup !== undefined && process.getuid?.() === 0) chownSync(folder, 0, fsGroup);
  return folder;
}

function hostFolder(path: string, type = ''): string {
  if (type === 'DirectoryOrCreate') mkdirSync(path, { recursive: true });
  return path;
}

/** The folder of a hostPath volume that is bound to the claim. */
async function claimed(api: ApiClient, { metadata }: Pod, name: string): Promise<string> {
  const claims = `/api/v1/namespaces/${metadata.namespace}/persistentvolumeclaims/${name}`;
  const claim = await api.request<{ spec: { volumeName?: string }; status?: { phase?: string } }>('GET', claims);
  if (claim.status !== 200) throw new NotYet('ContainerCreating', `persistentvolumeclaim "${name}" not found`);
  const { volumeName } = claim.body.spec;
  if (volumeName === undefined) throw new NotYet('ContainerCreating', `persistentvolumeclaim "${name}" is not bound`);
  const path = `/api/v1/persistentvolumes/${volumeName}`;
  const volume = await api.request<{ spec: { hostPath?: { path: string; type?: string } } }>('GET', path);
  const host = volume.body.spec?.hostPath;
  if (host === undefined) throw new NotYet('ContainerCreating', `persistentvolume "${volumeName}" has no hostPath`);
  return hostFolder(host.path, host.type);
}

async function project(api: ApiClient, pod: Pod, source: Projection, folder: string): Promise<void> {
  const { serviceAccountToken, downwardAPI, secret, configMap } = source;
  if (serviceAccountToken !== undefined) {
    write(folder, serviceAccountToken.path, Buffer.from(await tokenFor(api, pod, serviceAccountToken)));
  }
  for (const { path, fieldRef } of downwardAPI?.items ?? []) {
    write(folder, path, Buffer.from(fieldRef === undefined ? '' : fieldOf(pod, fieldRef.fieldPath)));
  }
  for (const [kind, reference] of [
    ['secrets', secret],
    ['configmaps', configMap],
  ] as const) {
    if (reference === undefined) continue;
    const entries = await entriesOf(api, pod, kind, reference);
    const items = reference.items ?? Object.keys(entries).map((key) => ({ key, path: key }));
    for (const { key, path } of items) {
      const content = entries[key];
      if (content !== undefined) write(folder, path, content);
      else if (reference.optional !== true) {
        throw new NotYet('ContainerCreating', `${reference.name} has no key ${key}`);
      }
    }
  }
}

/** A token that is bound to the pod: it ends with it. */
async function tokenFor(
  api: ApiClient,
  { metadata, spec }: Pod,
  wanted: { audience?: string; expirationSeconds?: number },
) {
  const { audience, expirationSeconds = 3607 } = wanted;
  const bound = { kind: 'Pod', apiVersion: 'v1', name: metadata.name, uid: metadata.uid };
  const request = {
    expirationSeconds,
    ...(audience === undefined ? {} : { audiences: [audience] }),
    // A pod that names no account can have no token bound to it: admission, which fills it in, is off.
    ...(spec.serviceAccountName === undefined ? {} : { boundObjectRef: bound }),
  };
  const path = `/api/v1/namespaces/${metadata.namespace}/serviceaccounts/${spec.serviceAccountName ?? 'default'}/token`;
  const answer = await api.request<{ status: { token: string }; message?: string }>('POST', path, { spec: request });
  if (answer.status !== 201) throw new NotYet('ContainerCreating', `no token: ${answer.body.message}`);
  return answer.body.status.token;
}

function write(folder: string, path: string, content: Buffer): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content, { mode: 0o644 });
}
