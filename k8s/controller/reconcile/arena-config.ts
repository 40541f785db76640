import { createHash } from 'node:crypto';
import type { ObjectKey } from '../../../src/cluster/cluster-reader.js';
import { faultsOf } from '../../../src/cluster/read-object.js';
import { type ConfigResolution, resolveConfig } from '../../../src/cluster/resolve-config.js';
import { checkName } from '../../../src/cluster/run-names.js';
import type { BundleCheckRequest, BundleCheckResult } from '../../../src/core/bundle-check.js';
import { RECONCILE_ANNOTATION } from '../../../src/core/source-sync.js';
import {
  type ArenaConfigObject,
  type ArenaConfigStatus,
  arenaConfigSchema,
} from '../../../src/schema/cluster/arena-config.js';
import { cachedReader } from '../cached-reader.js';
import type { KubeObject, Outcome, Reconciler, ReconcilerDeps, WorkflowState } from '../ports.js';
import { type ConfigState, configStatus, invalidConfigStatus } from './arena-config-status.js';

/** A look that failed for a fault of ours is made again after this time, doubled each time up to an hour. */
const FIRST_RETRY_MS = 10_000;
const MAX_RETRY_MS = 3_600_000;

/** An open look is asked for once more although nobody has told of its end. */
const SAFETY_MS = 15_000;

/** Judges configs anew whenever something that they name has changed: the same things are looked at but once. */
export class ArenaConfigReconciler implements Reconciler {
  readonly kind = 'ArenaConfig';
  /** Looks that failed, by what they were to look at: the next one has another name. */
  private readonly failures = new Map<string, number>();

  constructor(private readonly deps: ReconcilerDeps) {}

  concernedBy({ kind, metadata }: KubeObject): ObjectKey[] {
    if (kind !== 'ArenaSource' && kind !== 'Provider' && kind !== 'ToolRegistry') return [];
    return this.deps.cluster.list('ArenaConfig').flatMap((object) => {
      const { data: config } = arenaConfigSchema.safeParse(object);
      return config !== undefined && names(config, kind, metadata) ? [keyOf(object)] : [];
    });
  }

  async reconcile(key: ObjectKey): Promise<Outcome> {
    const object = this.deps.cluster.get('ArenaConfig', key);
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return {};
    const before = (object.status ?? undefined) as ArenaConfigStatus | undefined;
    const { generation, annotations } = object.metadata;
    const wish = annotations?.[RECONCILE_ANNOTATION];
    const parsed = arenaConfigSchema.safeParse(object);
    if (!parsed.success) {
      const message = `${faultsOf(parsed.error)}; correct the config`;
      await this.tell(object, before, invalidConfigStatus({ before, generation, wish }, message, this.deps.now()));
      return {};
    }
    const resolution = await resolveConfig(cachedReader(this.deps.cluster), parsed.data, {});
    const { look, afterMs } = await this.lookOf(object, parsed.data, resolution, wish);
    const state: ConfigState = {
      before,
      generation,
      wish,
      suspended: parsed.data.spec.suspend === true,
      resolution,
      look,
    };
    await this.tell(object, before, configStatus(state, this.deps.now()));
    return afterMs === undefined ? {} : { afterMs };
  }

  /** The look at the bundle, which is begun where it has not been made. */
  private async lookOf(
    object: KubeObject,
    { spec }: ArenaConfigObject,
    resolution: ConfigResolution,
    wish: string | undefined,
  ): Promise<{ look?: ConfigState['look']; afterMs?: number }> {
    const { source, sourceRefusals, providerRefusals, toolRefusals } = resolution;
    if (source === undefined || sourceRefusals.length + providerRefusals.length + toolRefusals.length > 0) return {};
    const { engine } = this.deps;
    const { metadata } = object;
    const { namespace, name, uid } = metadata;
    const seen = createHash('sha256')
      .update(JSON.stringify([metadata.generation, wish, resolution]))
      .digest('hex')
      .slice(0, 16);
    const failed = this.failures.get(uid + seen) ?? 0;
    const id = checkName({ namespace, name, uid }, failed === 0 ? seen : `${seen}-${failed}`);
    const state = await engine.state(id);
    if (state === undefined) {
      const request: BundleCheckRequest = {
        artifact: source.digest,
        ...(source.arenaFile === undefined ? {} : { arenaFile: source.arenaFile }),
        ...(spec.scenarios?.include === undefined ? {} : { include: spec.scenarios.include }),
        ...(spec.scenarios?.exclude === undefined ? {} : { exclude: spec.scenarios.exclude }),
        config: { namespace, name },
      };
      await engine.start({
        workflow: 'checkBundle',
        id,
        args: [request],
        memo: { arena: { kind: 'ArenaConfig', namespace, name, uid } },
        summary: `ArenaConfig ${namespace}/${name}`,
      });
      return { afterMs: SAFETY_MS };
    }
    if (state.open) return { afterMs: SAFETY_MS };
    return this.closedLook(state, uid + seen, failed);
  }

  private closedLook(
    state: WorkflowState & { open: false },
    what: string,
    failed: number,
  ): { look: ConfigState['look']; afterMs?: number } {
    if (state.how === 'completed') {
      return { look: { result: state.result as BundleCheckResult, at: state.closedAt } };
    }
    const afterMs =
      state.closedAt + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(20, failed)) - this.deps.now();
    const hint = state.hint === undefined ? '' : `; ${state.hint}`;
    if (afterMs <= 0) this.failures.set(what, failed + 1);
    return { look: { error: `${state.message}${hint}` }, afterMs: Math.max(1, afterMs) };
  }

  /** News alone make an Event: what the object says already has been told. */
  private async tell(
    object: KubeObject,
    before: ArenaConfigStatus | undefined,
    status: ArenaConfigStatus,
  ): Promise<void> {
    const { cluster } = this.deps;
    const ready = (of: ArenaConfigStatus | undefined) => of?.conditions?.find(({ type }) => type === 'Ready');
    const [was, is] = [ready(before), ready(status)];
    if (is !== undefined && (was?.status !== is.status || was.message !== is.message) && status.phase !== 'Pending') {
      cluster.event(object, is.status === 'True' ? 'Normal' : 'Warning', is.reason, is.message);
    }
    await cluster.applyStatus(object, status);
  }
}

function names({ metadata, spec }: ArenaConfigObject, kind: string, changed: ObjectKey): boolean {
  if (kind === 'ArenaSource') return metadata.namespace === changed.namespace && spec.sourceRef.name === changed.name;
  const listed = kind === 'Provider' ? spec.providers : spec.toolRegistries;
  return (listed ?? []).some(
    ({ name, namespace = metadata.namespace }) => name === changed.name && namespace === changed.namespace,
  );
}

const keyOf = ({ metadata: { namespace, name } }: KubeObject): ObjectKey => ({ namespace, name });
