import type { ObjectKey } from '../../../src/cluster/cluster-reader.js';
import { faultsOf } from '../../../src/cluster/read-object.js';
import { type OwnerIdentity, sourceScheduleId, syncName } from '../../../src/cluster/run-names.js';
import { pinnedRevisions } from '../../../src/cluster/source-pins.js';
import { parseDurationMs } from '../../../src/core/duration.js';
import { RECONCILE_ANNOTATION, type SyncFailure, type SyncResult } from '../../../src/core/source-sync.js';
import {
  type ArenaSourceSpec,
  type ArenaSourceStatus,
  arenaSourceSchema,
} from '../../../src/schema/cluster/arena-source.js';
import type { KubeObject, Outcome, Reconciler, ReconcilerDeps, ScheduleState, StartRequest } from '../ports.js';
import { type SourceState, type StatusSettings, sourceStatus, wordsOf } from './arena-source-status.js';

/** Temporal fires no schedule more often, and nobody needs it. */
const MIN_INTERVAL_MS = 1_000;
const MAX_INTERVAL_MS = 365 * 24 * 3_600_000;

/** A firing that was asked for is to be seen within this time; else it is asked for again. */
const TRIGGER_SEEN_MS = 10_000;

/** Wait before a source that failed is looked at again; doubles with each failure, up to its interval. */
const FIRST_RETRY_MS = 10_000;

/** A finalizer that cannot do its work lets go after this time: what is left cleans itself up at its next firing. */
const LET_GO_MS = 30_000;

/** What the controller remembers of a source; after a restart it is made anew from what Temporal and the object say. */
interface Memory {
  triggered?: { wish: string; at: number };
  failures: number;
  /** Of which workflow the last failure was counted. */
  counted?: string;
}

/** The last look that ended. */
interface LastLook {
  workflowId: string;
  closedAt: number;
  result: SyncResult | { failed: SyncFailure };
}

/** Keeps the schedule of a source as its spec says, asks for a look when something has changed, and tells what came of it. */
export class ArenaSourceReconciler implements Reconciler {
  readonly kind = 'ArenaSource';
  private readonly memories = new Map<string, Memory>();

  constructor(
    private readonly deps: ReconcilerDeps,
    private readonly settings: StatusSettings,
  ) {}

  concernedBy(): ObjectKey[] {
    return [];
  }

  async reconcile(key: ObjectKey): Promise<Outcome> {
    const object = this.deps.cluster.get('ArenaSource', key);
    if (object === undefined) return {};
    if (object.metadata.deletionTimestamp !== undefined) return this.remove(object);
    const parsed = arenaSourceSchema.safeParse(object);
    const before = (object.status ?? undefined) as ArenaSourceStatus | undefined;
    const base = { ...identityOf(object), generation: object.metadata.generation, before };
    const invalid = parsed.success
      ? invalidity(parsed.data.spec)
      : { reason: 'InvalidSpec', message: `${faultsOf(parsed.error)}; correct the source` };
    if (!parsed.success || invalid !== undefined) {
      await this.deps.engine.deleteSchedule(sourceScheduleId(identityOf(object)));
      const spec = parsed.success ? { spec: parsed.data.spec } : {};
      await this.tell(object, { ...base, ...spec, ...(invalid === undefined ? {} : { invalid }) });
      return {};
    }
    return this.follow(object, parsed.data.spec, base);
  }

  private async follow(
    object: KubeObject,
    spec: ArenaSourceSpec,
    base: Pick<SourceState, 'namespace' | 'name' | 'generation' | 'before'>,
  ): Promise<Outcome> {
    const { cluster, engine } = this.deps;
    const source = identityOf(object);
    const everyMs = intervalOf(spec);
    await cluster.setFinalizer(object, true);
    await engine.ensureSchedule({
      id: sourceScheduleId(source),
      every: { everyMs },
      overlap: 'SKIP',
      paused: spec.suspend === true,
      note: spec.suspend === true ? 'spec.suspend of the ArenaSource' : '',
      action: lookRequest(source, syncName(source)),
    });
    const schedule = await engine.schedule(sourceScheduleId(source));
    const last = await this.lastLook(schedule);
    const awaited = awaitedOf(object, last, base.before);
    const suspended = spec.suspend === true;
    const isRunning = (schedule?.running.length ?? 0) > 0;
    const state: SourceState = {
      ...base,
      spec,
      ...(awaited === undefined ? {} : { awaited }),
      ...factsOf(last),
      ...(schedule?.nextAt === undefined ? {} : { nextAt: schedule.nextAt }),
    };
    const retryAt = this.retryAt(source, last, everyMs);
    const outcome = suspended || isRunning ? {} : await this.ask(object, awaited, retryAt);
    await this.tell(object, state);
    return outcome;
  }

  /** Asks for a look at once where one is due. */
  private async ask(
    object: KubeObject,
    awaited: SourceState['awaited'],
    retryAt: number | undefined,
  ): Promise<Outcome> {
    const source = identityOf(object);
    const memory = this.memoryOf(source.uid);
    const now = this.deps.now();
    const isRetry = awaited === undefined && retryAt !== undefined;
    if (awaited === undefined && !isRetry) return {};
    if (isRetry && now < retryAt) return { afterMs: retryAt - now };
    const { generation, annotations } = object.metadata;
    const wish = JSON.stringify([generation, annotations?.[RECONCILE_ANNOTATION], memory.counted]);
    const { triggered } = memory;
    if (triggered?.wish === wish && now < triggered.at + TRIGGER_SEEN_MS) {
      return { afterMs: triggered.at + TRIGGER_SEEN_MS - now };
    }
    await this.deps.engine.triggerSchedule(sourceScheduleId(source));
    memory.triggered = { wish, at: now };
    return { afterMs: TRIGGER_SEEN_MS };
  }

  private async lastLook(schedule: ScheduleState | undefined): Promise<LastLook | undefined> {
    for (const { workflowId } of [...(schedule?.recent ?? [])].reverse()) {
      const state = await this.deps.engine.state(workflowId);
      if (state === undefined || state.open) continue;
      const { closedAt } = state;
      if (state.how === 'completed') return { workflowId, closedAt, result: state.result as SyncResult };
      const { message, hint } = state;
      const failed: SyncFailure = { reason: 'FetchError', message, ...(hint === undefined ? {} : { hint }) };
      return { workflowId, closedAt, result: { failed } };
    }
    return undefined;
  }

  /** When a source that failed is looked at again, sooner than its interval says. */
  private retryAt({ uid }: OwnerIdentity, last: LastLook | undefined, everyMs: number): number | undefined {
    const memory = this.memoryOf(uid);
    if (last === undefined || !('failed' in last.result)) {
      memory.failures = 0;
      memory.counted = undefined;
      return undefined;
    }
    if (memory.counted !== last.workflowId) {
      memory.counted = last.workflowId;
      memory.failures += 1;
    }
    return last.closedAt + Math.min(everyMs, FIRST_RETRY_MS * 2 ** Math.min(20, memory.failures - 1));
  }

  private async tell(object: KubeObject, state: SourceState): Promise<void> {
    const { cluster, now } = this.deps;
    const { namespace } = state;
    const pinned = () =>
      pinnedRevisions(state, cluster.list('ArenaJob', namespace), cluster.list('ArenaConfig', namespace));
    const status = sourceStatus(state, this.settings, pinned, now());
    this.report(object, state, status);
    await cluster.applyStatus(object, status);
  }

  /** News alone: what the object says already has been told. */
  private report(object: KubeObject, { before, failed, invalid }: SourceState, status: ArenaSourceStatus): void {
    const { cluster } = this.deps;
    const told = (type: string, of: ArenaSourceStatus | undefined) =>
      of?.conditions?.find((condition) => condition.type === type);
    const { artifact } = status;
    if (artifact !== undefined && artifact.revision !== before?.artifact?.revision) {
      cluster.event(
        object,
        'Normal',
        'BundleResolved',
        told('ArtifactAvailable', status)?.message ?? artifact.revision,
      );
    }
    if (invalid !== undefined && told('SourceValid', before)?.message !== told('SourceValid', status)?.message) {
      cluster.event(object, 'Warning', invalid.reason, invalid.message);
    }
    if (
      failed !== undefined &&
      told('Ready', status)?.status === 'False' &&
      told('Ready', before)?.message !== wordsOf(failed)
    ) {
      cluster.event(object, 'Warning', 'FetchFailed', wordsOf(failed));
    }
  }

  private async remove(object: KubeObject): Promise<Outcome> {
    const { cluster, engine, log, now } = this.deps;
    const source = identityOf(object);
    this.memories.delete(source.uid);
    try {
      await engine.deleteSchedule(sourceScheduleId(source));
      // It finds the object gone or going, and removes what the store holds for it.
      await engine.start(lookRequest(source, `${syncName(source)}/gone`));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      log.warn({ source: `${source.namespace}/${source.name}`, why }, 'a deleted source cannot be cleaned up');
      const deletedAt = Date.parse(object.metadata.deletionTimestamp ?? '');
      if (now() < deletedAt + LET_GO_MS) return { afterMs: 2_000 };
    }
    await cluster.setFinalizer(object, false);
    return {};
  }

  private memoryOf(uid: string): Memory {
    let memory = this.memories.get(uid);
    if (memory === undefined) {
      memory = { failures: 0 };
      this.memories.set(uid, memory);
    }
    return memory;
  }
}

function identityOf({ metadata: { namespace, name, uid } }: KubeObject): OwnerIdentity {
  return { namespace, name, uid };
}

function lookRequest(source: OwnerIdentity, id: string): StartRequest {
  return {
    workflow: 'syncSource',
    id,
    args: [source],
    memo: { arena: { kind: 'ArenaSource', ...source } },
    summary: `ArenaSource ${source.namespace}/${source.name}`,
  };
}

function intervalOf({ interval }: ArenaSourceSpec): number {
  return parseDurationMs(interval) ?? 0;
}

function invalidity(spec: ArenaSourceSpec): { reason: string; message: string } | undefined {
  if (spec.type === 'workspace') {
    const message =
      'a source of type workspace cannot be fetched: there is no workspace volume here; use git, oci or configmap';
    return { reason: 'TypeNotAvailable', message };
  }
  const everyMs = intervalOf(spec);
  if (everyMs >= MIN_INTERVAL_MS && everyMs <= MAX_INTERVAL_MS) return undefined;
  const message = `spec.interval ${spec.interval} is not between 1s and 8760h; correct it`;
  return { reason: 'InvalidInterval', message };
}

/** What the last look leaves open: it was for another spec, or before the annotation was set. */
function awaitedOf(
  { metadata }: KubeObject,
  last: LastLook | undefined,
  before: SourceState['before'],
): SourceState['awaited'] {
  const wish = metadata.annotations?.[RECONCILE_ANNOTATION];
  if (last === undefined || 'gone' in last.result) {
    // Temporal forgets looks that are long past; what was made of them stands in the status.
    const isKnown = before?.phase === 'Ready' && before.observedGeneration === metadata.generation;
    if (!isKnown) return 'spec';
    return wish === undefined || wish === before.lastHandledReconcileAt ? undefined : 'wish';
  }
  const { result } = last;
  // A look that failed on our side says nothing of what it was for; it is tried again like any that failed.
  if (!('generation' in result)) return undefined;
  if (result.generation !== metadata.generation) return 'spec';
  return wish === undefined || result.reconcileAt === wish ? undefined : 'wish';
}

function factsOf(last: LastLook | undefined): Pick<SourceState, 'artifact' | 'failed' | 'reconcileAt' | 'lookedAt'> {
  if (last === undefined || 'gone' in last.result) return {};
  const { result, closedAt } = last;
  const handled = 'generation' in result && result.reconcileAt !== undefined ? { reconcileAt: result.reconcileAt } : {};
  const outcome = 'failed' in result ? { failed: result.failed } : { artifact: result.artifact };
  return { ...outcome, ...handled, lookedAt: closedAt };
}
