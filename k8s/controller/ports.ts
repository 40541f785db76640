/** What the reconcilers see of the cluster and of Temporal. One implementation each beside this file; none of it decides. */
import type { ObjectKey, ReadableKind } from '../../src/cluster/cluster-reader.js';
import type { OwnerMemo } from '../../src/cluster/run-names.js';
import type { ErrorCode } from '../../src/core/errors.js';
import type { Progress } from '../../src/core/run.js';

/** Kinds that are watched, and of which a copy is at hand. */
export type WatchedKind = Exclude<ReadableKind, 'ConfigMap'> | 'Deployment';

export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    generation: number;
    resourceVersion: string;
    creationTimestamp: string;
    deletionTimestamp?: string;
    finalizers?: string[];
    labels?: { [key: string]: string };
    annotations?: { [key: string]: string };
    ownerReferences?: { kind: string; name: string; uid: string }[];
  };
  spec?: unknown;
  status?: unknown;
}

export interface Cluster {
  /** From the cache, as of a moment ago; undefined when there is none. */
  get(kind: WatchedKind, key: ObjectKey): KubeObject | undefined;
  list(kind: WatchedKind, namespace?: string): KubeObject[];
  /**
   * Server-side apply of the whole status; nothing is sent when it says what the object has already. A conflict or a
   * vanished object is no error: the change that caused it brings the object back.
   */
  applyStatus(object: KubeObject, status: object): Promise<void>;
  /** Adds or takes away our finalizer. */
  setFinalizer(object: KubeObject, present: boolean): Promise<void>;
  /** Server-side apply of an object that is ours (a Deployment). */
  apply(manifest: object): Promise<void>;
  /** Pods with the label, asked for each time; none where they cannot be seen. */
  pods(namespace: string, labelSelector: string): Promise<KubeObject[]>;
  /** Deletes, and what it owns in the background; nothing happens when it is gone or no longer the one of that uid. */
  delete(object: KubeObject): Promise<void>;
  /** Recorded soon, repeats counted by the API's own rules; never fails. */
  event(object: KubeObject, type: 'Normal' | 'Warning', reason: string, message: string): void;
}

/** How a workflow ended. */
export type WorkflowEnd =
  | { how: 'completed'; result: unknown; closedAt: number }
  | {
      how: 'failed' | 'cancelled' | 'terminated' | 'timedOut';
      /** `invalid_input`: what was asked for cannot be done; else a fault of ours or of the installation. */
      code: ErrorCode;
      message: string;
      hint?: string;
      closedAt: number;
    };

export type WorkflowState = { open: true; startedAt: number } | ({ open: false; startedAt: number } & WorkflowEnd);

export interface ScheduleRequest {
  id: string;
  /** Exactly one. */
  every: { everyMs: number } | { cron: string; timezone: string };
  overlap: 'SKIP' | 'ALLOW_ALL' | 'CANCEL_OTHER';
  paused: boolean;
  /** Why it is paused, for people in the Temporal UI. */
  note?: string;
  action: StartRequest;
}

export interface ScheduleState {
  paused: boolean;
  /** Workflow ids of the last firings, oldest first, with the time at which each was due. */
  recent: { workflowId: string; dueAt: number }[];
  /** Workflow ids of firings that are still open. */
  running: string[];
  nextAt?: number;
}

export interface StartRequest {
  workflow: 'arenaJob' | 'syncSource' | 'checkBundle' | 'sweepRuns';
  id: string;
  args: unknown[];
  memo: OwnerMemo;
  /** One line in the Temporal UI. */
  summary: string;
}

/** Temporal, as far as a controller needs it. Every method throws where the service cannot be reached. */
export interface Engine {
  /** False when there is a workflow of this id already, open or closed. */
  start(request: StartRequest): Promise<boolean>;
  /** Undefined when Temporal knows no such workflow (any more). */
  state(workflowId: string): Promise<WorkflowState | undefined>;
  /** Undefined when no worker answers. */
  progress(workflowId: string): Promise<Progress | undefined>;
  update(
    workflowId: string,
    name: 'pause' | 'resume' | 'setWorkers' | 'retryFailed' | 'addBudget',
    args: unknown[],
  ): Promise<unknown>;
  cancel(workflowId: string): Promise<void>;
  /** Makes it, or changes what differs; an unchanged one is not written. */
  ensureSchedule(request: ScheduleRequest): Promise<void>;
  /** Fires now, under the overlap policy of the schedule. */
  triggerSchedule(id: string): Promise<void>;
  /** Undefined when there is none. */
  schedule(id: string): Promise<ScheduleState | undefined>;
  deleteSchedule(id: string): Promise<void>;
}

/** When to look again although nothing has changed; absent: on the next change or resync. */
export interface Outcome {
  afterMs?: number;
}

/** Brings one object from how it is to how it should be. Called again and again, never twice at a time for one object. */
export interface Reconciler {
  kind: 'ArenaJob' | 'ArenaSource' | 'ArenaConfig';
  /** A throw means: again later, with growing delays. Invalid input is no throw but a condition. */
  reconcile(key: ObjectKey): Promise<Outcome>;
  /** Objects of this reconciler's kind that a change of another object concerns. */
  concernedBy(changed: KubeObject): ObjectKey[];
}

/** What a reconciler is made of. */
export interface ReconcilerDeps {
  cluster: Cluster;
  engine: Engine;
  /** Milliseconds since the epoch. */
  now(): number;
  log: {
    debug(fields: object, message: string): void;
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
}
