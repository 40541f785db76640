/** Values of the environment in what a tool sends, and how they are kept out of what it says. */
import { randomUUID } from 'node:crypto';
import type { BundleEnvironment } from '../bundle-environment.js';

const REFERENCE = /\$\{(\w+)\}/g;

/** Headers and variables whose literal values are secrets as well. */
const SECRET_NAME = /auth|key|token|secret|cookie|passw|credential/i;

/** What stands beside secrets: schemes of authorization, variables and arguments. */
const NO_SECRET = /^(bearer|basic|digest|token)$|\$\{|\{\{|\}\}/i;

/** Shorter ones would tear holes into any text. */
const MIN_SECRET_CHARACTERS = 4;

export class Secrets {
  private readonly values = new Set<string>();
  /** Stands for a variable while arguments are filled in, which must not name variables themselves. */
  private readonly mark = randomUUID();

  constructor(private readonly env: BundleEnvironment) {}

  /** `${NAME}` replaced by a mark that no argument can hold. */
  seal(text: string): string {
    return text.replace(REFERENCE, (_, name) => `${this.mark}:${name};`);
  }

  /** A sealed text with the values of its variables. `use` says who needs them. Throws when one is missing. */
  open(sealed: string, use: string): string {
    return sealed.replace(new RegExp(`${this.mark}:(\\w+);`, 'g'), (_, name) => this.read(name, use));
  }

  /** The text with the values of its variables, read now. */
  expand(text: string, use: string): string {
    return text.replace(REFERENCE, (_, name) => this.read(name, use));
  }

  /** The value of a variable. Throws an Error when there is none. */
  read(name: string, use: string): string {
    const value = this.env(name);
    if (value === undefined) {
      throw new Error(`${use} needs the environment variable ${name}, which is not set or not open to bundles here`);
    }
    this.keep(value);
    return value;
  }

  /** Takes the values of headers or variables whose names say that they are secret. */
  keepNamed(values: Readonly<Record<string, string>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (!SECRET_NAME.test(name)) continue;
      for (const word of value.split(/\s+/)) if (!NO_SECRET.test(word)) this.keep(word);
    }
  }

  /** The text with `***` in place of every secret that was used. */
  scrub(text: string): string {
    let clean = text;
    for (const secret of this.values) {
      clean = clean.replaceAll(secret, '***');
      // As it stands inside of JSON.
      const quoted = JSON.stringify(secret).slice(1, -1);
      if (quoted !== secret) clean = clean.replaceAll(quoted, '***');
    }
    return clean;
  }

  private keep(value: string): void {
    const secret = value.trim();
    if (secret.length >= MIN_SECRET_CHARACTERS) this.values.add(secret);
  }
}
