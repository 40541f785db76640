/** The CustomResourceDefinitions as files: those of Arena, and beside them those that Omnia brings where it is installed. */
import { stringify } from 'yaml';

const FOLDERS = /** @type {const} */ ({
  'k8s/manifests/crds': ['ArenaSource', 'ArenaConfig', 'ArenaJob'],
  'k8s/manifests/crds-omnia': ['Provider', 'ToolRegistry', 'AgentRuntime'],
});

const NOTE = '# Made from the schemas in src/schema/cluster by `npm run docs`; not edited by hand.\n';

/**
 * @typedef {(typeof FOLDERS)[keyof typeof FOLDERS][number]} Kind
 * @typedef {{ spec: { names: { plural: string } } }} Definition
 * @param {(kind: Kind) => Definition} definitionOf
 */
export function crdFiles(definitionOf) {
  return Object.entries(FOLDERS).flatMap(([folder, kinds]) =>
    kinds.map((kind) => {
      const definition = definitionOf(kind);
      const body = stringify(definition, { lineWidth: 120, aliasDuplicateObjects: false });
      return { path: `${folder}/${definition.spec.names.plural}.yaml`, text: NOTE + body };
    }),
  );
}
