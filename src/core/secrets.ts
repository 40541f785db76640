/** Values of the environment in what is sent outside, and how they are kept out of what comes back. */
import { ArenaError, toFailure } from './errors.js';

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
  private readonly values = new Set<string>();

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
    if (secret.length >= this.minCharacters) this.values.add(secret);
  }

  /** The text with `***` in place of every secret that was used. */
  scrub(text: string): string {
    let clean = text;
    // Longer ones first: what is left of a secret that holds another one would tell much of it.
    for (const secret of [...this.values].sort((a, b) => b.length - a.length)) {
      clean = clean.replaceAll(secret, '***');
      // As it stands inside of JSON.
      const quoted = JSON.stringify(secret).slice(1, -1);
      if (quoted !== secret) clean = clean.replaceAll(quoted, '***');
    }
    return this.scrubCut(clean);
  }

  /** Where a text was shortened before it came here, a secret may have been cut in its middle. */
  private scrubCut(text: string): string {
    if (!text.endsWith(CUT)) return text;
    for (const secret of this.values) {
      for (let length = secret.length - 1; length >= this.minCharacters; length -= 1) {
        const rest = `${secret.slice(0, length)}${CUT}`;
        if (text.endsWith(rest)) return `${text.slice(0, -rest.length)}***${CUT}`;
      }
    }
    return text;
  }

  /** The same of plain data: itself when it holds no secret. */
  scrubData<T>(data: T): T {
    if (this.values.size === 0) return data;
    const text = JSON.stringify(data);
    const clean = this.scrub(text);
    return clean === text ? data : JSON.parse(clean);
  }

  /** The failure with no secret in its words. */
  scrubbed(error: unknown): ArenaError {
    const failure = toFailure(error);
    return new ArenaError({ ...failure, message: this.scrub(failure.message) });
  }
}
