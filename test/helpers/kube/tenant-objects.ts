/** Objects as tenants write them. */
import { asConfigMap } from './talks-bundle.js';

export const arenaObject = (namespace: string, kind: string, name: string, spec: object): object => ({
  apiVersion: 'omnia.altairalabs.ai/v1alpha1',
  kind,
  metadata: { name, namespace },
  spec,
});

const coreObject = (namespace: string, kind: string, name: string, rest: object): object => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace },
  ...rest,
});

export const secretOf = (namespace: string, name: string, stringData: { [key: string]: string }): object =>
  coreObject(namespace, 'Secret', name, { stringData });

/** A Provider and the Secret `<name>-key` with its key. */
export const keyedProvider = (namespace: string, name: string, key: string, spec: object): object[] => [
  secretOf(namespace, `${name}-key`, { key }),
  arenaObject(namespace, 'Provider', name, {
    type: 'openai',
    model: 'm-1',
    credential: { secretRef: { name: `${name}-key`, key: 'key' } },
    ...spec,
  }),
];

/** The part of an ArenaJob that says which Providers answer. */
export const answeredBy = (...refs: { name: string; namespace?: string }[]): object => ({
  providers: { default: refs.map((providerRef) => ({ providerRef })) },
});

/** A ToolRegistry with one tool, `search`, that wants a bearer token. */
export const closedTool = (
  namespace: string,
  name: string,
  endpoint: string,
  secretRef: { name: string; key: string },
): object =>
  arenaObject(namespace, 'ToolRegistry', name, {
    handlers: [
      {
        name: 'search',
        type: 'http',
        tool: { name: 'search', description: 'Searches', inputSchema: { type: 'object' } },
        httpConfig: { endpoint },
        auth: { type: 'bearer', bearer: { secretRef } },
      },
    ],
  });

export const gitSource = (namespace: string, name: string, url: string, secret: string): object =>
  arenaObject(namespace, 'ArenaSource', name, {
    type: 'git',
    interval: '1h',
    git: { url, secretRef: { name: secret } },
  });

/** A source of the files of a ConfigMap of its name. */
export const mapSource = (namespace: string, name: string, files: { [path: string]: string }): object[] => [
  coreObject(namespace, 'ConfigMap', name, asConfigMap(files)),
  arenaObject(namespace, 'ArenaSource', name, { type: 'configmap', configMap: { name }, interval: '1h' }),
];
