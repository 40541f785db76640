/** Names of Anthropic's models that stand for another one, as its own service knows them. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['claude-3-opus-latest', 'claude-3-opus-20240229'],
  ['claude-3-5-sonnet-latest', 'claude-3-5-sonnet-20241022'],
  ['claude-3-5-haiku-latest', 'claude-3-5-haiku-20241022'],
  ['claude-3-7-sonnet-latest', 'claude-3-7-sonnet-20250219'],
  ['claude-sonnet-4-0', 'claude-sonnet-4-20250514'],
  ['claude-opus-4-0', 'claude-opus-4-20250514'],
  ['claude-opus-4-1', 'claude-opus-4-1-20250805'],
  ['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929'],
  ['claude-haiku-4-5', 'claude-haiku-4-5-20251001'],
  ['claude-opus-4-5', 'claude-opus-4-5-20251101'],
]);

/** The dated name, which is the one that clouds know. */
export function datedClaude(model: string): string {
  return ALIASES.get(model) ?? model;
}
