/** Definitions of the kinds, put into a cluster that lacks them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { FIELD_MANAGER } from '../controller/kube-client.js';
import type { KubeHttp } from '../controller/kube-http.js';

/** Where the API server keeps what defines kinds and their rules. */
const PLACES: { [kind: string]: string } = {
  CustomResourceDefinition: 'apiextensions.k8s.io/v1/customresourcedefinitions',
  ValidatingAdmissionPolicy: 'admissionregistration.k8s.io/v1/validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings',
};

interface Definition {
  kind: string;
  metadata: { name: string };
}

/** Server-side apply of all definitions in a folder; gives their names. */
export async function installKinds(http: Pick<KubeHttp, 'json'>, folder: string): Promise<string[]> {
  const names = new Set<string>();
  const files = (await readdir(folder))
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .sort();
  for (const file of files) {
    for (const document of parseAllDocuments(await readFile(join(folder, file), 'utf8'))) {
      const definition = document.toJS() as Definition;
      const { name } = definition.metadata;
      await http.json({
        method: 'PATCH',
        verb: 'apply',
        path: `/apis/${PLACES[definition.kind]}/${encodeURIComponent(name)}`,
        query: { fieldManager: FIELD_MANAGER, force: 'true' },
        body: definition,
        type: 'application/apply-patch+yaml',
      });
      names.add(name);
    }
  }
  return [...names];
}
