import type { ClusterReader } from '../../src/cluster/cluster-reader.js';
import type { Cluster } from './ports.js';

/** Objects as of a moment ago, at no cost. ConfigMaps are not watched: for their readers there are none. */
export function cachedReader(cluster: Pick<Cluster, 'get'>): ClusterReader {
  return { get: async (kind, key) => (kind === 'ConfigMap' ? undefined : cluster.get(kind, key)) };
}
