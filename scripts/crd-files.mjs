/**
 * The CustomResourceDefinitions as files: those of Arena, beside them those that Omnia brings where it is installed, and a
 * policy for what they cannot say.
 */
import { stringify } from 'yaml';

const FOLDERS = /** @type {const} */ ({
  'k8s/manifests/crds': ['ArenaSource', 'ArenaConfig', 'ArenaJob'],
  'k8s/manifests/crds-omnia': ['Provider', 'ToolRegistry', 'AgentRuntime'],
});

const NOTE = '# Made from the schemas in src/schema/cluster by `npm run docs`; not edited by hand.\n';

/** @param {object} value */
const yaml = (value) => stringify(value, { lineWidth: 120, aliasDuplicateObjects: false });

/**
 * @typedef {(typeof FOLDERS)[keyof typeof FOLDERS][number]} Kind
 * @typedef {{ spec: { names: { plural: string } } }} Definition
 * @param {(kind: Kind) => Definition} definitionOf
 * @param {object[]} policy
 */
export function crdFiles(definitionOf, policy) {
  const files = Object.entries(FOLDERS).flatMap(([folder, kinds]) =>
    kinds.map((kind) => {
      const definition = definitionOf(kind);
      return { path: `${folder}/${definition.spec.names.plural}.yaml`, text: NOTE + yaml(definition) };
    }),
  );
  return [...files, { path: 'k8s/manifests/admission/arenajobs.yaml', text: NOTE + policy.map(yaml).join('---\n') }];
}
