import { EXIT } from '../../core/exit-codes.js';
import { type GlobalOptions, openContext } from '../context.js';
import { describeBundle } from '../describe-bundle.js';
import { describeMatrix } from '../describe-matrix.js';
import { readBundle, type SelectionOptions } from '../read-bundle.js';

export interface ValidateOptions extends GlobalOptions, SelectionOptions {
  ci?: boolean;
}

export async function validate(path: string, options: ValidateOptions): Promise<number> {
  const context = openContext(options, options.ci);
  const ready = readBundle(context, path, options);
  if (ready === undefined) return EXIT.usage;
  const parts = describeBundle(ready.bundle);
  context.terminal.out(`${ready.bundle.name} is valid: ${describeMatrix(ready.matrix)}`);
  if (parts !== '') context.terminal.out(`made of ${parts}`);
  return EXIT.ok;
}
