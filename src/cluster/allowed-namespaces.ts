/** Whose objects a tenant may use: whoever may use one spends what it holds the key to, so its owner decides. */

/** Names of namespaces, comma-separated, that may use an object besides its own; `*` for all. */
export const ALLOWED_NAMESPACES = 'arena.dev/allowed-namespaces';

export function isAllowed(
  { namespace, annotations }: { namespace: string; annotations?: { [name: string]: string } },
  user: string,
): boolean {
  if (namespace === user) return true;
  const allowed = (annotations?.[ALLOWED_NAMESPACES] ?? '').split(',').map((name) => name.trim());
  return allowed.includes(user) || allowed.includes('*');
}
