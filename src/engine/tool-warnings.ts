/** Schemas of tools that cannot be compiled, which otherwise shows in the first call only. */
import type { Bundle } from '../bundle/bundle.js';
import type { Fault } from '../bundle/fault.js';
import { compileSchema } from './json-schema.js';

/** Warnings: a conversation can be held without the tool, whose calls are answered with an error. */
export function toolWarnings(bundle: Bundle): Fault[] {
  return [...bundle.tools.values()].flatMap(({ spec, placeOf }) =>
    (['input_schema', 'output_schema'] as const).flatMap((key): Fault[] => {
      const schema = spec[key];
      if (schema === undefined) return [];
      try {
        compileSchema(schema);
        return [];
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const message = `the ${key} cannot be used, so every call of the tool fails: ${reason}`;
        return [{ severity: 'warning', ...placeOf(['spec', key]), message }];
      }
    }),
  );
}
