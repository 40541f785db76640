/** Who speaks for a persona. */
import type { ArenaSpec } from '../schema/arena.js';
import type { ProviderSpec } from '../schema/provider.js';
import { isIn } from './provider-groups.js';

/** Group of providers that play the user and nothing else. */
const SELF_PLAY_GROUP = 'selfplay';

interface Speaker {
  id: string;
  group: string;
  alsoIn?: readonly string[];
  spec: ProviderSpec;
  onlyJudges?: true;
}

interface Players {
  arena: { spec: ArenaSpec };
  providers: ReadonlyMap<string, Speaker>;
}

/** The provider of a turn's role; undefined when the Arena file has no such role, or switches self-play off. */
export function playerOfRole({ arena }: Pick<Players, 'arena'>, role: string): string | undefined {
  return rolesOf(arena.spec).find(({ id }) => id === role)?.provider;
}

/** Roles that turns may name. */
export function rolesOf({ self_play }: ArenaSpec): { id: string; provider: string }[] {
  return self_play?.enabled === false ? [] : (self_play?.roles ?? []);
}

/**
 * The provider that plays the user of a whole scenario: the role named like the persona, else the only role, else the
 * only provider of the group `selfplay`, else the only provider of the bundle, which then plays both sides. Undefined
 * when that leaves a choice, or none.
 */
export function playerOfPersona({ arena, providers }: Players, persona: string): string | undefined {
  if (arena.spec.self_play?.enabled === false) return undefined;
  const roles = rolesOf(arena.spec);
  const role = roles.find(({ id }) => id === persona) ?? (roles.length === 1 ? roles[0] : undefined);
  if (role !== undefined || roles.length > 0) return role?.provider;
  const speaking = [...providers.values()].filter(
    ({ spec, onlyJudges }) => onlyJudges !== true && (spec.role === undefined || spec.role === 'llm'),
  );
  const own = speaking.filter((provider) => isIn(provider, SELF_PLAY_GROUP));
  const pool = own.length > 0 ? own : speaking;
  return pool.length === 1 ? pool[0]?.id : undefined;
}
