import { ArenaError } from '../../core/errors.js';
import { EXIT } from '../../core/exit-codes.js';
import { isSchemaKind, jsonSchemaOf, schemaKinds } from '../../schema/json-schema.js';
import { type GlobalOptions, openContext } from '../context.js';

export async function schema(kind: string, options: GlobalOptions): Promise<number> {
  const { terminal } = openContext(options);
  const wanted = kind.toLowerCase();
  if (!isSchemaKind(wanted)) {
    throw new ArenaError({
      code: 'invalid_input',
      message: `There is no schema "${kind}"`,
      hint: `there are: ${schemaKinds.join(', ')}`,
    });
  }
  terminal.out(JSON.stringify(jsonSchemaOf(wanted), null, 2));
  return EXIT.ok;
}
