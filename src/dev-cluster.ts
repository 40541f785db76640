/** A cluster that is worked on from this machine: what `arena dev --kube` needs of it. */
import { join } from 'node:path';
import { KubeAccess, type KubeAccessOptions } from '../k8s/controller/kube-access.js';
import { KubeClient } from '../k8s/controller/kube-client.js';
import { KubeError, KubeHttp } from '../k8s/controller/kube-http.js';
import { OWN_KINDS, refuseBesideOmnia } from '../k8s/controller/preconditions.js';
import { AccountFolder } from '../k8s/local/account-folder.js';
import { installKinds } from '../k8s/local/install-kinds.js';
import { ArenaError } from './core/errors.js';

export interface DevClusterOptions extends Pick<KubeAccessOptions, 'env' | 'kubeconfig' | 'context'> {
  /** Namespaces that are watched. Absent: all. */
  namespaces?: readonly string[];
  /** Where workers find who they are; removed at the end. */
  accountFolder: string;
  /** Folder that holds `crds`, `crds-omnia` and `admission`. */
  manifests: string;
  /** Install definitions that are missing. Without it their absence is refused. */
  install: boolean;
  /** What people should know. */
  say(line: string): void;
}

const LEASE = 'arena-controller';
const OMNIA_KINDS = ['Provider', 'AgentRuntime', 'ToolRegistry'] as const;

export class DevCluster {
  private constructor(
    private readonly access: KubeAccess,
    private readonly client: KubeClient,
    private readonly account: AccountFolder,
  ) {}

  /** Throws `invalid_input` where the cluster lacks something or has a controller already, `connection_failed` without an answer. */
  static async open(options: DevClusterOptions): Promise<DevCluster> {
    const { env, kubeconfig, context, namespaces, accountFolder, say } = options;
    const access = KubeAccess.open({ env, kubeconfig, context });
    const http = new KubeHttp(access, () => undefined);
    const client = new KubeClient(http);
    try {
      await provideKinds(client, http, options);
      await refuseBesideOmnia(client, namespaces);
      await refuseBesideInstallation(client, namespaces);
      const account = await AccountFolder.make(access, accountFolder, (why) =>
        say(`workers may lose the cluster: ${why}`),
      );
      return new DevCluster(access, client, account);
    } catch (error) {
      access.close();
      throw error instanceof KubeError ? unanswered(error, access) : error;
    }
  }

  get server(): string {
    return this.access.server.origin;
  }

  /** Variables by which workers reach the cluster. */
  get workerEnv(): { [name: string]: string } {
    return this.account.env;
  }

  /** Removes what was only for this time: the folder, and the Lease when nobody holds it any more. */
  async close(): Promise<void> {
    await this.account.remove();
    const key = { namespace: this.access.namespace ?? 'default', name: LEASE };
    try {
      const lease = await this.client.get('Lease', key);
      const { holderIdentity } = (lease?.spec ?? {}) as { holderIdentity?: string };
      if (lease !== undefined && !holderIdentity) await this.client.delete('Lease', key, lease.metadata.uid);
    } catch {
      // A cluster that is gone has no use for cleaning; a Lease without a holder does no harm.
    } finally {
      this.access.close();
    }
  }
}

async function provideKinds(client: KubeClient, http: KubeHttp, options: DevClusterOptions): Promise<void> {
  const lacks = async (kinds: readonly Parameters<KubeClient['knows']>[0][]): Promise<boolean> =>
    (await Promise.all(kinds.map((kind) => client.knows(kind)))).includes(false);
  const isNew = await lacks(OWN_KINDS);
  if (isNew && !options.install) {
    throw new ArenaError({
      code: 'invalid_input',
      message: 'The cluster does not know ArenaSource, ArenaConfig and ArenaJob yet',
      hint: 'arena dev --kube --install-crds installs their definitions, which stay there',
    });
  }
  if (!options.install) return;
  // Definitions of kinds that are there may be Omnia's.
  const folders = [...((await lacks(OMNIA_KINDS)) ? ['crds', 'crds-omnia'] : ['crds']), 'admission'];
  for (const folder of folders) {
    const names = await installKinds(http, join(options.manifests, folder));
    options.say(`installed ${names.join(', ')}`);
  }
}

/** Two controllers of ours in two namespaces would not know of each other. */
async function refuseBesideInstallation(client: KubeClient, namespaces: readonly string[] | undefined): Promise<void> {
  const labelSelector = 'app.kubernetes.io/name=arena-controller';
  const { items } = await client.list('Deployment', { labelSelector }).catch((error: unknown) => {
    if (error instanceof KubeError && error.status === 403) return { items: [] };
    throw error;
  });
  const found = items.find(({ spec }) => (spec as { replicas?: number } | undefined)?.replicas !== 0);
  if (found === undefined) return;
  const { namespace, name } = found.metadata;
  throw new ArenaError({
    code: 'invalid_input',
    message: `Arena is installed in this cluster (Deployment ${namespace}/${name})${namespaces === undefined ? '' : ', whichever namespaces it watches'}, and two controllers would overrule each other`,
    hint: `use the installed one, or switch it off meanwhile: kubectl -n ${namespace} scale deployment ${name} --replicas 0`,
  });
}

function unanswered(error: KubeError, { server }: KubeAccess): ArenaError {
  const hint = 'check the context with: kubectl version; another one: --context';
  const message = `The API server ${server.origin} does not let Arena work: ${error.message}`;
  const code = error.status === undefined ? 'connection_failed' : 'unauthorized';
  return new ArenaError({ code, message, hint }, { cause: error });
}
