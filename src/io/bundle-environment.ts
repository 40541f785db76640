/** Environment variables that a bundle may read by name. */

/** The value of a variable that the bundle may read; undefined when there is none, or it is kept from bundles. */
export type BundleEnvironment = (name: string) => string | undefined;

/**
 * Whoever writes a bundle decides where the values go: from elsewhere it gets only what the installation names. `allowed`
 * holds names; one that ends in `*` stands for all that begin so.
 */
export function bundleEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  allowed: readonly string[],
): BundleEnvironment {
  const stems = allowed.filter((name) => name.endsWith('*')).map((name) => name.slice(0, -1));
  const names = new Set(allowed);
  return (name) => {
    if (!names.has(name) && !stems.some((stem) => name.startsWith(stem))) return undefined;
    return Object.hasOwn(env, name) ? env[name] : undefined;
  };
}
