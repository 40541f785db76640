/** From groups of references to the providers that answer, judge and play the user. */
import type { ProviderEntry, ProviderGroup } from '../schema/cluster/provider-groups.js';
import { ALLOWED_NAMESPACES, isAllowed } from './allowed-namespaces.js';
import type { ClusterReader, ObjectKey } from './cluster-reader.js';
import { providerSpec } from './provider-spec.js';
import { called, readObject } from './read-object.js';
import type { Refusals } from './refusal.js';
import { type AgentSettings, agentSpec } from './resolve-agents.js';
import type { ResolvedProvider } from './resolved-job.js';

type Found = { spec: ResolvedProvider['spec']; id: string; from: string };

export type ProviderGroups = { [group: string]: ProviderGroup };

/** Reads what groups name, each object once. */
export class ProviderResolver {
  readonly warnings: string[] = [];
  private readonly found = new Map<string, Promise<Found | undefined>>();
  /** Which object has a name in the job. */
  private readonly names = new Map<string, string>();

  constructor(
    private readonly reader: ClusterReader,
    private readonly namespace: string,
    private readonly settings: AgentSettings,
    private readonly refusals: Refusals,
  ) {}

  /** In the order of the groups and of their entries. `place` is the path of the groups, for messages. */
  async resolve(groups: ProviderGroups, place: string): Promise<ResolvedProvider[]> {
    const entries = Object.entries(groups).flatMap(([group, members]) => {
      const listed: { entry: ProviderEntry; standsFor?: string }[] = Array.isArray(members)
        ? members.map((entry) => ({ entry }))
        : Object.entries(members).map(([standsFor, entry]) => ({ entry, standsFor }));
      if (listed.length === 0) {
        this.refusals.add('EmptyProviderGroup', `${place}.${group} is empty: name somebody, or remove the group`);
      }
      return listed.map((each) => ({ ...each, group }));
    });
    // Names are given in order, whoever is read first.
    const named = entries.map(({ entry, ...where }) => ({ ...where, ...this.identify(entry) }));
    const resolved = await Promise.all(
      named.map(async ({ group, standsFor, id, key, kind }): Promise<ResolvedProvider | undefined> => {
        const found = await this.once(kind, key, id);
        if (found === undefined) return undefined;
        return { id, group, ...(standsFor === undefined ? {} : { standsFor }), spec: found.spec, from: found.from };
      }),
    );
    return resolved.filter((each) => each !== undefined);
  }

  private identify({ providerRef, agentRef }: ProviderEntry) {
    const kind = agentRef === undefined ? ('Provider' as const) : ('AgentRuntime' as const);
    const { name, namespace = this.namespace } = {
      ...providerRef,
      ...agentRef,
      name: (agentRef ?? providerRef)?.name ?? '',
    };
    const plain = kind === 'Provider' ? name : `agent-${name}`;
    const key = { namespace, name };
    return { kind, key, id: this.nameFor(plain, kind, key) };
  }

  /** `@` stands in no name of an object, so that nothing can be called so by chance. */
  private nameFor(plain: string, kind: string, key: ObjectKey): string {
    const what = called(kind, key);
    const holder = this.names.get(plain);
    if (holder === undefined || holder === what) {
      this.names.set(plain, what);
      return plain;
    }
    return `${plain}@${kind === 'Provider' ? key.namespace : 'agents'}`;
  }

  private once(kind: 'Provider' | 'AgentRuntime', key: ObjectKey, id: string): Promise<Found | undefined> {
    const what = called(kind, key);
    const known = this.found.get(what);
    if (known !== undefined) return known;
    const reading = kind === 'Provider' ? this.provider(key, id) : this.agent(key, id);
    this.found.set(what, reading);
    return reading;
  }

  private async provider(key: ObjectKey, id: string): Promise<Found | undefined> {
    const from = called('Provider', key);
    const found = await readObject(this.reader, 'Provider', key);
    if (found === undefined) {
      return this.refusals.add('ProviderNotFound', `there is no ${from}: create it, or correct the reference to it`);
    }
    if ('faults' in found) return this.refusals.add('InvalidProvider', `${from}: ${found.faults}`);
    if (!isAllowed(found.object.metadata, this.namespace)) {
      return this.refusals.add(
        'ProviderNotAllowed',
        `${from} does not let the namespace ${this.namespace} use it: name it in its annotation ${ALLOWED_NAMESPACES}`,
      );
    }
    const translated = providerSpec(found.object, this.refusals);
    if (translated === undefined) return undefined;
    this.warnings.push(...translated.warnings);
    return { id, from, spec: translated.spec };
  }

  private async agent(key: ObjectKey, id: string): Promise<Found | undefined> {
    const spec = await agentSpec(this.reader, key, this.settings, this.refusals);
    return spec === undefined ? undefined : { id, from: called('AgentRuntime', key), spec };
  }
}
