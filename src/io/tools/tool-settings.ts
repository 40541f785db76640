import type { ClusterSecrets } from '../secrets/cluster-secrets.js';

/** What an installation lets the tools of a bundle do. */
export interface ToolSettings {
  /** The environment of this process. Bundles read only what `bundleEnv` names of it. */
  env: Readonly<Record<string, string | undefined>>;
  /** Names of variables that bundles may read; one that ends in `*` stands for all that begin so. */
  bundleEnv: readonly string[];
  /** Programs of exec tools may be started. */
  allowExec: boolean;
  /** Programs of MCP servers may be started. */
  allowStdioMcp: boolean;
  /** Kubernetes Secrets, for tools of registries of the cluster. Absent: there are none. */
  secrets?: ClusterSecrets;
  /** A token that tools of registries may be shown. Absent: those that want one are refused. */
  toolTokenFile?: string;
}
