/** The CustomResourceDefinitions as files: those of Arena, and beside them those that Omnia brings where it is installed. */
import { stringify } from 'yaml';
import { customResourceDefinition } from '../dist/src/schema/cluster/crd/custom-resource-definition.js';

const FOLDERS = /** @type {const} */ ({
  'k8s/manifests/crds': ['ArenaSource', 'ArenaConfig', 'ArenaJob'],
  'k8s/manifests/crds-omnia': ['Provider', 'ToolRegistry', 'AgentRuntime'],
});

const NOTE = '# Made from the schemas in src/schema/cluster by `npm run docs`; not edited by hand.\n';

export function crdFiles() {
  return Object.entries(FOLDERS).flatMap(([folder, kinds]) =>
    kinds.map((kind) => {
      const definition = customResourceDefinition(kind);
      const body = stringify(definition, { lineWidth: 120, aliasDuplicateObjects: false });
      return { path: `${folder}/${definition.spec.names.plural}.yaml`, text: NOTE + body };
    }),
  );
}
