/** CustomResourceDefinitions of the kinds, out of the schemas that also read their objects. */
import { type ClusterKind, clusterKinds } from '../kinds.js';
import { RULES_KEY } from '../rules.js';
import { frozenFieldRules } from './frozen-fields.js';
import { printerColumns } from './printer-columns.js';
import { type OpenApiSchema, structuralSchema } from './structural-schema.js';

const DESCRIPTIONS: { readonly [kind in ClusterKind]: string } = {
  ArenaSource: 'Where bundles come from: a git repository, an OCI registry or a ConfigMap.',
  ArenaConfig: 'A source with the providers, tools and settings that it is evaluated with.',
  ArenaJob: 'An evaluation, once or on a schedule.',
  Provider: 'A model and how to reach it.',
  ToolRegistry: 'Tools that live somewhere else.',
  AgentRuntime: 'A deployed agent.',
};

/** Schema of whole objects of the kind, as the API server applies it. */
export function objectSchema(kind: ClusterKind): OpenApiSchema {
  const { spec, status } = clusterKinds[kind].schema.shape;
  const rules = kind === 'ArenaJob' ? { [RULES_KEY]: frozenFieldRules } : {};
  return {
    type: 'object',
    description: DESCRIPTIONS[kind],
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: { description: 'What is wanted.', ...structuralSchema(spec) },
      status: { description: 'What is.', ...structuralSchema(status) },
    },
    ...rules,
  };
}

/** The object to apply. */
export function customResourceDefinition(kind: ClusterKind) {
  const { group, version, plural, singular, shortNames } = clusterKinds[kind];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['arena'] },
      scope: 'Namespaced',
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: printerColumns[kind],
          schema: { openAPIV3Schema: objectSchema(kind) },
        },
      ],
    },
  };
}
