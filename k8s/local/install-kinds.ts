/** Definitions of the kinds, put into a cluster that lacks them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { FIELD_MANAGER } from '../controller/kube-client.js';
import type { KubeHttp } from '../controller/kube-http.js';

interface Definition {
  metadata: { name: string };
}

/** Server-side apply of all definitions in a folder; gives their names. */
export async function installKinds(http: Pick<KubeHttp, 'json'>, folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const file of (await readdir(folder)).filter((name) => /s\.yaml$/.test(name)).sort()) {
    const definition = parse(await readFile(join(folder, file), 'utf8')) as Definition;
    const { name } = definition.metadata;
    await http.json({
      method: 'PATCH',
      verb: 'apply',
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${encodeURIComponent(name)}`,
      query: { fieldManager: FIELD_MANAGER, force: 'true' },
      body: definition,
      type: 'application/apply-patch+yaml',
    });
    names.push(name);
  }
  return names;
}
