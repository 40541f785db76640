/** Providers and tools of the cluster in the place of a bundle's own. */
import type { ResolvedJob, ResolvedProvider } from '../cluster/resolved-job.js';
import { mcpServersSchema } from '../schema/mcp-server.js';
import { providerSpecSchema } from '../schema/provider.js';
import { toolSpecSchema } from '../schema/tool.js';
import type { Bundle, Loaded, LoadedProvider } from './bundle.js';
import { DocumentReader } from './document-reader.js';
import { type Fault, formatFault } from './fault.js';
import { addJudgeProviders } from './judge-providers.js';
import type { ReplacedParts } from './load.js';
import { memorySource } from './memory-source.js';
import { isSpecial } from './provider-groups.js';
import { checkReferences } from './references.js';
import { schemaMessages } from './schema-faults.js';
import { pairUp } from './self-play-pairs.js';

export type ClusterParts = Pick<ResolvedJob, 'providers' | 'tools' | 'mcpServers' | 'selfPlay'>;

/** What of a bundle is not read, because a job brings it. */
export function replacedBy(parts: ClusterParts | undefined): ReplacedParts {
  return { providers: parts?.providers !== undefined, tools: parts?.tools !== undefined };
}

/**
 * The bundle as a job of the cluster has it. Its own providers and tools must not have been read where the job brings
 * others (`LoadOptions.replaced`). The faults are errors; warnings join those of the bundle.
 */
export function applyClusterSetup(
  bundle: Bundle,
  parts: ClusterParts | undefined,
): { bundle: Bundle; faults: Fault[] } {
  const { providers, tools, mcpServers = [], selfPlay } = parts ?? {};
  if (providers === undefined && tools === undefined && selfPlay === undefined) return { bundle, faults: [] };
  const setup = new ClusterSetup(bundle);
  if (tools !== undefined) setup.tools(tools, mcpServers);
  if (providers !== undefined) setup.providers(providers);
  if (selfPlay !== undefined) setup.selfPlay(selfPlay);
  else if (providers !== undefined) setup.roles(providers);
  setup.references();
  return { bundle: setup.bundle, faults: setup.faults };
}

class ClusterSetup {
  readonly faults: Fault[] = [];
  private readonly reader: DocumentReader;

  constructor(public bundle: Bundle) {
    this.reader = new DocumentReader(memorySource(bundle.files));
  }

  tools(tools: NonNullable<ClusterParts['tools']>, servers: NonNullable<ClusterParts['mcpServers']>): void {
    const parsed = tools.flatMap(({ name, spec, from, access }) => {
      const { data, error } = toolSpecSchema.safeParse(spec);
      if (data !== undefined) return [{ ...objectNamed(from), id: name, spec: data, access }];
      this.refuse(from, schemaMessages(error, toolSpecSchema, spec));
      return [];
    });
    const mcpServers = servers.flatMap(({ name, spec, from }) => {
      const { data, error } = mcpServersSchema.safeParse([{ name, ...spec }]);
      if (data === undefined) this.refuse(from, schemaMessages(error, mcpServersSchema, [spec]));
      return data ?? [];
    });
    const { arena } = this.bundle;
    this.bundle = {
      ...this.bundle,
      arena: { ...arena, spec: { ...arena.spec, mcp_servers: mcpServers.length === 0 ? undefined : mcpServers } },
      tools: new Map(parsed.map((tool) => [tool.id, tool])),
      plainServerTools: true,
      serverAccess: new Map(servers.flatMap(({ name, access }) => (access === undefined ? [] : [[name, access]]))),
    };
  }

  providers(resolved: readonly ResolvedProvider[]): void {
    const byId = new Map<string, { document: Omit<LoadedProvider, 'group'>; groups: string[] }>();
    for (const { id: named, standsFor, spec, from, group } of resolved) {
      const id = standsFor ?? named;
      const known = byId.get(id);
      if (known !== undefined && known.document.file !== from) {
        this.refuse(from, [`and ${known.document.file} would both be called "${id}": give one another key or group`]);
        continue;
      }
      // Only a list is a pool: a map says who stands for whom, and who is named by nobody answers nobody.
      const joined = standsFor === undefined || isSpecial(group) ? group : 'judge';
      if (known !== undefined) {
        if (!known.groups.includes(joined)) known.groups.push(joined);
        continue;
      }
      const { data, error } = providerSpecSchema.safeParse(spec);
      if (data === undefined) this.refuse(from, schemaMessages(error, providerSpecSchema, spec));
      else byId.set(id, { document: { ...objectNamed(from), id, spec: data, trusted: true }, groups: [joined] });
    }
    const providers = new Map<string, LoadedProvider>();
    for (const [id, { document, groups }] of byId) {
      const group = groups.find((name) => !isSpecial(name)) ?? groups[0] ?? 'default';
      const others = groups.filter((name) => name !== group);
      providers.set(id, { ...document, group, ...(others.length === 0 ? {} : { alsoIn: others }) });
    }
    this.bundle = { ...this.bundle, providers, groupsBind: true };
    this.judges(resolved);
  }

  private judges(resolved: readonly ResolvedProvider[]): void {
    for (const { name, provider, path } of judgesIn(this.bundle)) {
      this.standIn(
        { id: provider, what: `judge "${name}"`, groups: [provider, name, 'judge'], path },
        resolved,
        'judge',
      );
    }
    addJudgeProviders(this.bundle, this.reader);
  }

  /** Who plays the roles of the Arena file, found as judges are. */
  roles(resolved: readonly ResolvedProvider[]): void {
    const { self_play } = this.bundle.arena.spec;
    if (self_play?.enabled === false) return;
    for (const [index, { id, provider }] of (self_play?.roles ?? []).entries()) {
      const path = ['spec', 'self_play', 'roles', index, 'provider'];
      const groups = [provider, id, 'selfplay'];
      this.standIn({ id: provider, what: `role "${id}"`, groups, path }, resolved, 'selfplay');
    }
  }

  /** A provider that the bundle names: the one with that key or name, else the only one of a group. */
  private standIn(
    { id, what, groups, path }: { id: string; what: string; groups: string[]; path: (string | number)[] },
    resolved: readonly ResolvedProvider[],
    group: 'judge' | 'selfplay',
  ): void {
    const { providers, arena } = this.bundle;
    if (providers.has(id)) return;
    const named = resolved.find((each) => each.id === id);
    const chosen = groups.find((name) => resolved.some((each) => each.group === name));
    const members = named === undefined ? resolved.filter((each) => each.group === chosen) : [named];
    const ids = [...new Set(members.map((each) => each.standsFor ?? each.id))];
    const [only] = ids;
    const stand = only === undefined || ids.length > 1 ? undefined : providers.get(only);
    if (stand === undefined) {
      const who = ids.length > 1 ? `${ids.join(', ')} could be meant` : 'nobody in the job is called so';
      const message = `the ${what} wants the provider "${id}", and ${who}`;
      const hint = `write spec.providers.${group} of the job as a map with the key ${id}`;
      this.faults.push({ severity: 'error', ...arena.placeOf(path), message, hint });
      return;
    }
    providers.set(id, { ...stand, id, group, alsoIn: undefined, heldBy: stand.heldBy ?? stand.id });
  }

  selfPlay(wish: NonNullable<ClusterParts['selfPlay']>): void {
    const paired = pairUp(this.bundle, wish);
    this.bundle = paired.bundle;
    this.faults.push(...paired.faults);
  }

  /** What could not be checked while providers or tools were missing. */
  references(): void {
    checkReferences(this.bundle, this.reader, new Set());
    const known = new Set([...this.bundle.warnings, ...this.faults].map(formatFault));
    const found = this.reader.faults.filter((fault) => !known.has(formatFault(fault)));
    this.faults.push(...found.filter(({ severity }) => severity === 'error'));
    const warnings = found.filter(({ severity }) => severity === 'warning');
    this.bundle = { ...this.bundle, warnings: [...this.bundle.warnings, ...warnings] };
  }

  private refuse(from: string, messages: readonly string[]): void {
    for (const message of messages) this.faults.push({ severity: 'error', file: from, message });
  }
}

/** Judges of the Arena file, with the place of their provider. */
function judgesIn({ arena }: Bundle): { name: string; provider: string; path: (string | number)[] }[] {
  const { judges = [], judge_specs: specs = {} } = arena.spec;
  return [
    ...judges.map(({ name, provider }, index) => ({ name, provider, path: ['spec', 'judges', index, 'provider'] })),
    ...Object.entries(specs).map(([name, { provider }]) => ({
      name,
      provider,
      path: ['spec', 'judge_specs', name, 'provider'],
    })),
  ];
}

/** An object of the cluster has a name, and no lines. */
function objectNamed(from: string): Pick<Loaded<unknown>, 'labels' | 'file' | 'at' | 'placeOf'> {
  return { labels: {}, file: from, at: () => from, placeOf: () => ({ file: from }) };
}
