/** Templates of prompts and turns. The syntax is exactly `{{name}}`: no spaces, filters, conditions or loops. */
import { ArenaError } from '../core/errors.js';

/** Values may hold placeholders themselves; a cycle ends here. */
const MAX_PASSES = 10;

/** A few values that hold each other's placeholders could else grow without bound within the passes. */
const MAX_CHARACTERS = 1024 * 1024;

const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;

export type Variables = ReadonlyMap<string, string>;

/** The text with every known placeholder replaced; unknown ones stay. */
export function render(template: string, variables: Variables): string {
  let text = template;
  for (let pass = 0; pass < MAX_PASSES && text.includes('{{'); pass += 1) {
    const next = renderOnce(text, variables);
    if (next === text) break;
    text = next;
  }
  return text;
}

function renderOnce(text: string, variables: Variables): string {
  let characters = text.length;
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = variables.get(name);
    if (value === undefined) return placeholder;
    characters += value.length;
    if (characters > MAX_CHARACTERS) {
      throw new ArenaError({
        code: 'invalid_input',
        message: `the template grows beyond ${MAX_CHARACTERS} characters at variable "${name}"`,
        hint: 'shorten the value, or break the cycle of variables that hold each other’s placeholders',
      });
    }
    return value;
  });
}

/** The text with known placeholders replaced once: values that nobody vouches for stay as they are. */
export function insert(text: string, values: Variables): string {
  return values.size === 0 ? text : renderOnce(text, values);
}

/** Name and offset of the first placeholder left in a text, other than those of `known`. */
export function firstPlaceholder(text: string, known?: Variables): { name: string; offset: number } | undefined {
  for (const match of text.matchAll(PLACEHOLDER)) {
    const [, name = ''] = match;
    if (known?.has(name) !== true) return { name, offset: match.index };
  }
  return undefined;
}
