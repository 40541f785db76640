import { applyClusterSetup, type ClusterParts, replacedBy } from '../src/bundle/cluster-setup.js';
import { type Fault, formatFault } from '../src/bundle/fault.js';
import { loadBundleFromArtifact } from '../src/bundle/load-artifact.js';
import { planMatrix } from '../src/bundle/matrix.js';
import { selectScenarios } from '../src/bundle/scenario-filter.js';
import { unsupportedFaults } from '../src/bundle/unsupported.js';
import { readObject } from '../src/cluster/read-object.js';
import { resolveConfig } from '../src/cluster/resolve-config.js';
import type { BundleCheckRequest, BundleCheckResult } from '../src/core/bundle-check.js';
import { artifactKey } from '../src/core/store-keys.js';
import { toolFaults } from '../src/io/tools/tool-faults.js';
import type { ActivityDeps } from './deps.js';
import { missingFromStore } from './run-plan.js';

/** More lines than these help nobody to mend a bundle. */
const MAX_FAULTS = 20;
const MAX_FAULT_CHARACTERS = 500;

/** Looks at the bundle of an ArenaConfig as a job of it would, without asking anything outside but the cluster. */
export async function checkBundle(deps: ActivityDeps, request: BundleCheckRequest): Promise<BundleCheckResult> {
  const { artifact, arenaFile, include, exclude } = request;
  const key = artifactKey(artifact);
  const packed = await deps.store.get(key);
  if (packed === undefined) throw missingFromStore(deps.store, key);
  const parts = await partsOf(deps, request);
  const { bundle: written, faults } = loadBundleFromArtifact(packed, { arenaFile, replaced: replacedBy(parts) });
  if (written === undefined) return { scenarioCount: 0, groups: [], faults: linesOf(faults) };
  const selection = { include, exclude };
  const { ids } = selectScenarios(written, selection);
  const groups = ids.map((id) => written.scenarios.get(id)?.spec.provider_group ?? 'default');
  const { bundle, faults: misfits } = applyClusterSetup(written, parts);
  const matrix = planMatrix(bundle, selection);
  const unsupported = unsupportedFaults(bundle, matrix.cells, deps.supportOf(false));
  const found = [...misfits, ...matrix.faults, ...unsupported, ...toolFaults(bundle, deps.tools)];
  return { scenarioCount: ids.length, groups: [...new Set(groups)].sort(), faults: linesOf(found) };
}

/** Those that cannot be resolved are told by who resolves them for the status. */
async function partsOf({ cluster }: ActivityDeps, { config }: BundleCheckRequest): Promise<ClusterParts | undefined> {
  if (config === undefined) return undefined;
  const found = await readObject(cluster, 'ArenaConfig', config);
  if (found === undefined || 'faults' in found) return undefined;
  const { providers, tools, selfPlay } = await resolveConfig(cluster, found.object, {});
  return { providers, tools: tools?.tools, mcpServers: tools?.mcpServers, selfPlay };
}

function linesOf(faults: readonly Fault[]): string[] {
  const errors = faults.filter(({ severity }) => severity === 'error').map(formatFault);
  const told = [...new Set(errors)].map((line) => line.slice(0, MAX_FAULT_CHARACTERS));
  if (told.length <= MAX_FAULTS) return told;
  return [...told.slice(0, MAX_FAULTS - 1), `and ${told.length - MAX_FAULTS + 1} more`];
}
