/** The forms in which another side may give a secret back, and how they are found without reading every text many times. */

/** Encoded forms of shorter secrets are so short themselves that any text may hold them. */
const MIN_ENCODED_CHARACTERS = 8;

/** Shorter hints would be found in most texts. */
const MIN_HINT_CHARACTERS = 3;

/** How often one form may be wrapped in the next: bounded, so that a hostile text takes no time. */
const WRAPPED = '{0,4}';

/**
 * Longer ones are tokens, and files of keys: they are looked for in the usual spellings only. What their every character
 * may be written as would make a pattern that takes a hostile text too long.
 */
const MAX_PATTERN_CHARACTERS = 256;

const BASE64_CHARACTER = '[A-Za-z0-9+/_-]';

/** One way to write a secret. */
interface SecretForm {
  /** A text without any of these does not hold the form: looking for them is all that most texts cost. */
  readonly hints: readonly string[];
  /** Built when a hint was found, which is rare: for long secrets it is large. */
  pattern(): RegExp;
}

/** All that is worked out once of one secret. */
export class SecretForms {
  private readonly forms: readonly SecretForm[];
  private readonly patterns = new Map<SecretForm, RegExp>();
  private written: readonly string[] | undefined;

  constructor(readonly secret: string) {
    if (secret.length > MAX_PATTERN_CHARACTERS) this.forms = [secret, ...spellings(secret)].map(fixed);
    else if (secret.length < MIN_ENCODED_CHARACTERS) this.forms = [escaped(secret)];
    else this.forms = [escaped(secret), hex(secret), ...base64(secret)];
  }

  /** False for nearly every text that holds none of the forms, and for such texts only. */
  mayStandIn(text: string): boolean {
    return this.forms.some(({ hints }) => hints.some((hint) => text.includes(hint)));
  }

  replaceIn(text: string, mark: string): string {
    let clean = text;
    for (const form of this.forms) {
      if (form.hints.some((hint) => clean.includes(hint))) clean = clean.replace(this.patternOf(form), mark);
    }
    return clean;
  }

  /** The usual spelling of each form, for texts that end in the middle of one; with the least that tells of the secret. */
  beginnings(minCharacters: number): { spelling: string; atLeast: number }[] {
    this.written ??= this.secret.length < MIN_ENCODED_CHARACTERS ? [] : spellings(this.secret);
    return [
      { spelling: this.secret, atLeast: minCharacters },
      ...this.written.map((spelling) => ({ spelling, atLeast: MIN_ENCODED_CHARACTERS })),
    ];
  }

  private patternOf(form: SecretForm): RegExp {
    const known = this.patterns.get(form) ?? form.pattern();
    this.patterns.set(form, known);
    return known;
  }
}

const fixed = (spelling: string): SecretForm => ({
  hints: [spelling],
  pattern: () => new RegExp([...spelling].map(literal).join(''), 'gu'),
});

/** Plain, as it stands in JSON, in URLs and in HTML, or in one of them within another. Letters and digits mostly stay. */
function escaped(secret: string): SecretForm {
  const [first = 0, second = 0] = new TextEncoder().encode(secret);
  const percent = `%${twoDigits(first)}%${twoDigits(second)}`;
  const unicode = `u00${twoDigits(first)}`;
  const run = longestRun(secret);
  const everyCharacter = [percent, percent.toUpperCase(), unicode, `u00${twoDigits(first).toUpperCase()}`];
  return {
    hints: run.length < MIN_HINT_CHARACTERS ? [''] : [run, ...new Set(everyCharacter)],
    // Escapes wrap any number of backslashes in any other: a run of them stands for a run of them.
    pattern: () => new RegExp((secret.match(/\\+|[^\\]/gu) ?? []).map(unit).join(''), 'gu'),
  };
}

/** One character in any way to write it. */
function unit(character: string): string {
  // Only from the beginning of a run: a text of nothing else would be looked through again from each of its characters.
  if (character.startsWith('\\')) return `(?:(?<!\\\\)\\\\{1,1024}|(?:%(?:25)${WRAPPED}5[Cc]){1,64})`;
  const percent = [...new TextEncoder().encode(character)].map(
    (byte) => `%(?:25)${WRAPPED}${eitherCase(twoDigits(byte))}`,
  );
  const ways = [literal(character), percent.join('')];
  const code = character.codePointAt(0) ?? 0;
  ways.push(`&(?:amp;)${WRAPPED}#(?:0${WRAPPED}${code}|[xX]0${WRAPPED}${eitherCase(code.toString(16))});`);
  const halves = character.split('').map((half) => half.charCodeAt(0).toString(16).padStart(4, '0'));
  ways.push(halves.map((digits) => `\\\\{1,16}u${eitherCase(digits)}`).join(''));
  if (!/[\p{L}\p{N}]/u.test(character)) ways.push(`\\\\{1,16}${literal(character)}`);
  const name = NAMED[character];
  if (name !== undefined) ways.push(`&(?:amp;)${WRAPPED}${name};`);
  if (character === ' ') ways.push('\\+');
  return `(?:${ways.join('|')})`;
}

const NAMED: { readonly [character: string]: string | undefined } = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};

function hex(secret: string): SecretForm {
  const text = hexOf(secret);
  return { hints: [...new Set([text, text.toUpperCase()])], pattern: () => new RegExp(text, 'gi') };
}

/** What base64 makes of it hangs on how many bytes stand before it: there are three ways, in each of two alphabets. */
function base64(secret: string): SecretForm[] {
  return base64Cores(secret).map(({ core, opens, closes }) => ({
    hints: [longestRun(core)],
    pattern: () => {
      const inside = [...core].map((character) => BASE64_SPELLED[character] ?? character).join('');
      // The characters at both ends hold some bits of it, beside those of its neighbours.
      const before = opens ? `${BASE64_CHARACTER}?` : '';
      const after = closes ? `${BASE64_CHARACTER}?(?:=|%3[Dd]){0,2}` : '(?:=|%3[Dd]){0,2}';
      return new RegExp(`${before}${inside}${after}`, 'g');
    },
  }));
}

const BASE64_SPELLED: { readonly [character: string]: string | undefined } = {
  '+': `(?:[+-]|%(?:25)${WRAPPED}2[Bb]|\\\\{1,16}u002[Bb])`,
  '/': `(?:\\\\{0,16}[/_]|%(?:25)${WRAPPED}2[Ff]|\\\\{1,16}u002[Ff])`,
};

/** Characters that hang on the secret alone, and whether it reaches into one more at either end. */
function base64Cores(secret: string): { core: string; opens: boolean; closes: boolean }[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].map((before) => {
    const binary = String.fromCharCode(...new Uint8Array(before), ...bytes);
    const from = Math.ceil((before * 8) / 6);
    const to = Math.floor(((before + bytes.length) * 8) / 6);
    const closes = ((before + bytes.length) * 8) % 6 !== 0;
    return { core: btoa(binary).slice(from, to), opens: before > 0, closes };
  });
}

function spellings(secret: string): string[] {
  const cores = base64Cores(secret).map(({ core }) => core);
  const forUrls = cores.map((core) => core.replaceAll('+', '-').replaceAll('/', '_'));
  const quoted = JSON.stringify(secret).slice(1, -1);
  const inUrls = [secret, ...cores].flatMap((text) => [percentEncoded(text), inLowerCase(percentEncoded(text))]);
  const all = [quoted, ...inUrls, hexOf(secret), hexOf(secret).toUpperCase(), ...cores, ...forUrls];
  return [...new Set(all)].filter((spelling) => spelling !== secret);
}

/** As `encodeURIComponent`, which throws for halves of characters. */
const percentEncoded = (text: string): string =>
  encodeURIComponent(new TextDecoder().decode(new TextEncoder().encode(text)));

const inLowerCase = (encoded: string): string => encoded.replace(/%../g, (digits) => digits.toLowerCase());

const hexOf = (text: string): string => [...new TextEncoder().encode(text)].map(twoDigits).join('');

const twoDigits = (byte: number): string => byte.toString(16).padStart(2, '0');

const eitherCase = (digits: string): string => digits.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);

const literal = (character: string): string => character.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Letters and digits in a row, which every form but hex and base64 leaves as they are. */
function longestRun(text: string): string {
  const runs = text.match(/[A-Za-z0-9]+/g) ?? [];
  return runs.reduce((longest, run) => (run.length > longest.length ? run : longest), '');
}
