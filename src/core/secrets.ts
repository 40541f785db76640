/** Values of the environment in what is sent outside, and how they are kept out of what comes back. */
import { ArenaError, toFailure } from './errors.js';
import { SecretForms } from './secret-forms.js';

const REFERENCE = /\$\{(\w+)\}/g;

/** Headers, variables and parameters whose literal values are secrets as well. */
const SECRET_NAME = /auth|key|token|secret|cookie|passw|credential/i;

/** Whether a header, variable or parameter of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name);
}

/** What stands beside secrets: schemes of authorization, variables and arguments. */
const NO_SECRET = /^(bearer|basic|digest|token)$|\$\{|\{\{|\}\}/i;

/** Shorter ones would tear holes into any text. */
const MIN_CHARACTERS = 4;

/** The mark of `shorten`. */
const CUT = '…';

export class Secrets {
  private readonly values = new Map<string, SecretForms>();
  /** Undefined when one has come since. */
  private sorted: readonly SecretForms[] | undefined;

  /** `env` gives the value of a variable, as far as it may be read. */
  constructor(
    private readonly env: (name: string) => string | undefined,
    private readonly minCharacters = MIN_CHARACTERS,
  ) {}

  /** The text with the values of its variables, read now. `use` says who needs them. Throws like `read`. */
  expand(text: string, use: string): string {
    return text.replace(REFERENCE, (_, name) => this.read(name, use));
  }

  /** The value of a variable. Throws `invalid_input` when there is none. */
  read(name: string, use: string): string {
    const value = this.env(name);
    if (value === undefined) {
      throw new ArenaError({
        code: 'invalid_input',
        message: `${use} needs the environment variable ${name}, which is not set or not open to bundles here`,
      });
    }
    this.keep(value);
    return value;
  }

  /** Takes the values of headers, variables or parameters whose names say that they are secret. */
  keepNamed(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (!isSecretName(name)) continue;
      for (const word of value.split(/\s+/)) if (!NO_SECRET.test(word)) this.keep(word);
    }
  }

  /** Takes a secret. */
  keep(value: string): void {
    const secret = value.trim();
    if (secret.length < this.minCharacters || this.values.has(secret)) return;
    this.values.set(secret, new SecretForms(secret));
    this.sorted = undefined;
  }

  /** The text with `***` in place of every secret that was used, plain or in a form that it may be given back in. */
  scrub(text: string): string {
    let clean = text;
    for (const forms of this.forms()) clean = forms.replaceIn(clean, '***');
    return this.scrubCut(clean);
  }

  /** Where a text was shortened before it came here, a secret may have been cut in its middle. */
  private scrubCut(text: string): string {
    if (!text.endsWith(CUT)) return text;
    for (const { spelling, atLeast } of this.forms().flatMap((forms) => forms.beginnings(this.minCharacters))) {
      for (let length = spelling.length - 1; length >= atLeast; length -= 1) {
        const rest = `${spelling.slice(0, length)}${CUT}`;
        if (text.endsWith(rest)) return `${text.slice(0, -rest.length)}***${CUT}`;
      }
    }
    return text;
  }

  /** The same of plain data: itself when it holds no secret. */
  scrubData<T>(data: T): T {
    if (this.values.size === 0) return data;
    const text = JSON.stringify(data);
    if (!this.forms().some((forms) => forms.mayStandIn(text))) return data;
    return scrubbedWithin(data, (part) => this.scrub(part)) as T;
  }

  /** Longer secrets first: what is left of one that holds another one would tell much of it. */
  private forms(): readonly SecretForms[] {
    this.sorted ??= [...this.values.values()].sort((a, b) => b.secret.length - a.secret.length);
    return this.sorted;
  }

  /** The failure with no secret in its words. */
  scrubbed(error: unknown): ArenaError {
    const failure = toFailure(error);
    return new ArenaError({ ...failure, message: this.scrub(failure.message) });
  }
}

/** Texts one by one: in the JSON of all of them the end of one escape could be taken for the beginning of a secret. */
function scrubbedWithin(data: unknown, clean: (text: string) => string): unknown {
  if (typeof data === 'string') return clean(data);
  if (Array.isArray(data)) return data.map((each) => scrubbedWithin(each, clean));
  if (typeof data !== 'object' || data === null) return data;
  const copy = {};
  for (const [key, value] of Object.entries(data)) {
    // `__proto__` is a name like any other.
    const property = { value: scrubbedWithin(value, clean), enumerable: true, configurable: true, writable: true };
    Object.defineProperty(copy, clean(key), property);
  }
  return copy;
}
