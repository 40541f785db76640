/** Variables of the environment in templates that are filled in with what a model wrote. */
import { randomUUID } from 'node:crypto';
import { Secrets } from '../../core/secrets.js';

export class SealedSecrets extends Secrets {
  /** Stands for a variable while arguments are filled in, which must not name variables themselves. */
  private readonly mark = randomUUID();

  /** `${NAME}` replaced by a mark that no argument can hold. */
  seal(text: string): string {
    return text.replace(/\$\{(\w+)\}/g, (_, name) => `${this.mark}:${name};`);
  }

  /** A sealed text with the values of its variables. `use` says who needs them. Throws when one is missing. */
  open(sealed: string, use: string): string {
    return sealed.replace(new RegExp(`${this.mark}:(\\w+);`, 'g'), (_, name) => this.read(name, use));
  }
}
