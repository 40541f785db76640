import type { ProviderStanding } from './hold.js';
import type { LoadControl } from './load/load-control.js';

/** Answer of the `control` query: what running shards, or lanes of a load test, have to know now. */
export interface Control {
  /** Permits by shard in flight. */
  grants: { [shard: string]: number };
  /** Permits of the whole run. */
  limit: number;
  /** Providers that are, or were, held. */
  standings?: ProviderStanding[];
  /** The run is paused: shards hand back what has no verdict. */
  paused?: true;
  /** Of a load test: how much load is to be made when, and by whom. */
  load?: LoadControl;
}
