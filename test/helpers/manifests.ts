/** Objects for the cluster, as their authors write them. */

export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name?: string; namespace?: string; [key: string]: unknown };
  spec: { [key: string]: unknown };
}

const API_VERSION = 'omnia.altairalabs.ai/v1alpha1';

export function manifest(kind: string, name: string, spec: object, metadata: object = {}): Manifest {
  return { apiVersion: API_VERSION, kind, metadata: { name, ...metadata }, spec: { ...spec } };
}

export const job = (name: string, spec: object, metadata?: object): Manifest =>
  manifest('ArenaJob', name, { sourceRef: { name: 'prompts' }, ...spec }, metadata);
export const config = (name: string, spec: object, metadata?: object): Manifest =>
  manifest('ArenaConfig', name, { sourceRef: { name: 'prompts' }, ...spec }, metadata);
export const source = (name: string, spec: object): Manifest =>
  manifest('ArenaSource', name, { interval: '5m', ...spec });
export const gitSource = (name: string, git: object): Manifest =>
  source(name, { type: 'git', git: { url: 'https://example.com/acme/prompts', ...git } });

export const providerRef = (name: string, namespace?: string) => ({
  providerRef: { name, ...(namespace === undefined ? {} : { namespace }) },
});
export const agentRef = (name: string) => ({ agentRef: { name } });
