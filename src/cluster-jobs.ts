/** Jobs of the cluster that this process runs in. */
import type { ActivityDeps } from '../activities/deps.js';
import { refusalText } from './cluster/refusal.js';
import { resolveJob } from './cluster/resolve-job.js';
import type { ResolvedJob } from './cluster/resolved-job.js';
import type { Config, Environment } from './config.js';
import { ArenaError } from './core/errors.js';
import { ApiClient } from './io/cluster/api-client.js';
import { ApiClusterReader } from './io/cluster/api-cluster-reader.js';
import { openApiTools } from './io/tools/openapi/open-api-tools.js';
import { ServiceProbes } from './io/tools/service-probes.js';
import type { ToolSettings } from './io/tools/tool-settings.js';

/** How activities reach the objects of the cluster. */
export function clusterDeps(
  env: Environment,
  { serviceAccountDir, agentTokenUrl }: Pick<Config, 'serviceAccountDir' | 'agentTokenUrl'>,
  tools: ToolSettings,
): Pick<ActivityDeps, 'cluster' | 'resolveJob'> {
  const cluster = new ApiClusterReader(new ApiClient({ env, folder: serviceAccountDir }));
  const services = new ServiceProbes();
  return {
    cluster,
    async resolveJob(job, run) {
      const resolution = await resolveJob(cluster, job, { run, tokenUrl: agentTokenUrl });
      if ('job' in resolution) return withServices(resolution.job, services, tools);
      throw new ArenaError({ code: 'invalid_input', message: refusalText(resolution.refusals) });
    },
  };
}

/** What documents describe is fetched now: later changes of them do not concern the run. */
async function withServices(
  { openApis = [], probes = [], ...job }: ResolvedJob,
  services: ServiceProbes,
  settings: ToolSettings,
): Promise<ResolvedJob> {
  await services.expect(probes);
  if (openApis.length === 0) return job;
  const tools = job.tools ?? [];
  return { ...job, tools: [...tools, ...(await openApiTools(openApis, tools, settings))] };
}
