/** From `sourceRef` to the files of one revision. */
import type { ArenaConfigObject } from '../schema/cluster/arena-config.js';
import type { ArenaSourceObject, SourceArtifact } from '../schema/cluster/arena-source.js';
import type { ClusterReader, ObjectKey } from './cluster-reader.js';
import { called, readObject } from './read-object.js';
import type { Refusals } from './refusal.js';

export interface SourceReference {
  name: string;
  kind?: 'ArenaSource' | 'ArenaConfig';
  revision?: string;
}

/** Files of one revision. */
export interface FoundSource {
  namespace: string;
  name: string;
  revision: string;
  /** SHA-256 in hex. */
  digest: string;
  /** Path of the Arena file, where the source has one of a usual name. */
  arenaFile?: string;
  url?: string;
}

export interface FoundReference {
  config?: ArenaConfigObject;
  /** Absent with a refusal. */
  source?: FoundSource;
}

const DIGEST = /^sha256:([0-9a-f]{64})$/;

export class SourceResolver {
  constructor(
    private readonly reader: ClusterReader,
    private readonly namespace: string,
    private readonly refusals: Refusals,
  ) {}

  /** What a job runs: a source, or a config that names one. */
  async ofJob(reference: SourceReference): Promise<FoundReference> {
    const key = { namespace: this.namespace, name: reference.name };
    const [config, source] = await Promise.all([
      reference.kind === 'ArenaSource' ? undefined : readObject(this.reader, 'ArenaConfig', key),
      reference.kind === 'ArenaConfig' ? undefined : readObject(this.reader, 'ArenaSource', key),
    ]);
    if (config !== undefined && source !== undefined) {
      this.refusals.add(
        'AmbiguousSourceRef',
        `there is an ArenaSource and an ArenaConfig ${key.name}: write sourceRef.kind, or rename one`,
      );
      return {};
    }
    if (config === undefined && source === undefined) {
      const { kind = 'ArenaSource or ArenaConfig' } = reference;
      this.refusals.add(
        'SourceNotFound',
        `there is no ${kind} ${this.namespace}/${key.name}: create it, or correct sourceRef.name`,
      );
      return {};
    }
    if (config === undefined) return { source: await this.ofConfig(reference) };
    if ('faults' in config) {
      this.refusals.add('InvalidSpec', `${called('ArenaConfig', key)}: ${config.faults}`);
      return {};
    }
    this.expectReady(config.object);
    const { sourceRef } = config.object.spec;
    return { config: config.object, source: await this.ofConfig({ ...sourceRef, revision: reference.revision }) };
  }

  /** The files of an ArenaSource, at the revision that is asked for, else the latest. */
  async ofConfig({ name, revision }: SourceReference): Promise<FoundSource | undefined> {
    const key = { namespace: this.namespace, name };
    const found = await readObject(this.reader, 'ArenaSource', key);
    const what = called('ArenaSource', key);
    if (found === undefined) {
      return this.refusals.add('SourceNotFound', `there is no ${what}: create it, or correct the reference to it`);
    }
    if ('faults' in found) return this.refusals.add('InvalidSpec', `${what}: ${found.faults}`);
    const { artifact, artifacts = [] } = found.object.status ?? {};
    const kept = artifact === undefined ? artifacts : [artifact, ...artifacts];
    if (revision === undefined && artifact === undefined) return this.notReady(found.object);
    const chosen = revision === undefined ? artifact : kept.find((each) => each.revision === revision);
    const digest = DIGEST.exec(chosen?.digest ?? '')?.[1];
    if (chosen !== undefined && digest !== undefined) return foundOf(key, chosen, digest);
    if (chosen !== undefined) {
      return this.refusals.add(
        'SourceNotReady',
        `${what} has no digest for ${chosen.revision} yet: it is fetched anew`,
      );
    }
    // A source that was never fetched may yet come to it.
    if (kept.length === 0) return this.notReady(found.object);
    const shown = [...new Set(kept.map((each) => each.revision))].slice(0, 10).join(', ');
    return this.refusals.add(
      'RevisionNotFound',
      `${what} keeps no revision ${revision}: take one of ${shown}, or leave sourceRef.revision out`,
    );
  }

  private notReady({ metadata, status }: ArenaSourceObject): undefined {
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const why = ready?.status === 'False' ? ` (${ready.reason}: ${ready.message})` : '';
    const message = `${called('ArenaSource', metadata)} has not been fetched yet${why}: see its conditions`;
    return this.refusals.add('SourceNotReady', message);
  }

  private expectReady({ metadata, spec, status }: ArenaConfigObject): void {
    const what = called('ArenaConfig', metadata);
    if (spec.suspend === true) {
      this.refusals.add('ConfigSuspended', `${what} is suspended: set its spec.suspend to false`);
      return;
    }
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    const isCurrent = status?.observedGeneration === metadata.generation;
    if (ready?.status === 'True' && isCurrent) return;
    const why =
      ready?.status === 'False' && isCurrent ? ` (${ready.reason}: ${ready.message})` : ', it is being checked';
    this.refusals.add('ConfigNotReady', `${what} is not ready${why}: see its conditions`);
  }
}

function foundOf(key: ObjectKey, { revision, arenaFile, url }: SourceArtifact, digest: string): FoundSource {
  return { ...key, revision, digest, arenaFile, url };
}
