/** For workers outside a cluster: what a pod finds of its service account, made from a kubeconfig. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import type { KubeAccess, KubeIdentity } from '../controller/kube-access.js';

/** Tokens of clouds live for minutes; who reads the folder reads it each time. */
const REFRESH_MS = 30_000;

export class AccountFolder {
  private timer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly access: KubeAccess,
    private readonly folder: string,
    private readonly onTrouble: (why: string) => void,
  ) {}

  /** Writes it for the owner only, and anew every half minute. Throws `invalid_input` where workers cannot go that way. */
  static async make(access: KubeAccess, folder: string, onTrouble: (why: string) => void): Promise<AccountFolder> {
    const made = new AccountFolder(access, folder, onTrouble);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await made.write(await access.identity());
    made.timer = setInterval(() => void made.refresh(), REFRESH_MS);
    return made;
  }

  /** What Kubernetes tells a pod of the way to the API server, and where the folder is. */
  get env(): { [name: string]: string } {
    const { hostname, port } = this.access.server;
    return {
      KUBERNETES_SERVICE_HOST: hostname.replace(/^\[|\]$/g, ''),
      KUBERNETES_SERVICE_PORT: port || '443',
      ARENA_SERVICE_ACCOUNT_DIR: this.folder,
    };
  }

  /** Removes it: nothing that lets somebody in is left behind. */
  async remove(): Promise<void> {
    clearInterval(this.timer);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async refresh(): Promise<void> {
    try {
      await this.write(await this.access.identity());
    } catch (error) {
      this.onTrouble(error instanceof Error ? error.message : String(error));
    }
  }

  private async write({ ca = rootCertificates.join('\n'), cert, key, token }: KubeIdentity): Promise<void> {
    const files = {
      'ca.crt': ca,
      namespace: this.access.namespace ?? 'default',
      token,
      'client.crt': cert,
      'client.key': key,
    };
    for (const [name, text] of Object.entries(files)) {
      if (text === undefined) continue;
      // Put in place whole: a worker may be reading.
      const fresh = join(this.folder, `.${name}`);
      await writeFile(fresh, text, { mode: 0o600 });
      await rename(fresh, join(this.folder, name));
    }
  }
}
