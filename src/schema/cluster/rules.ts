/** Rules over several fields, in the language of the API server (CEL): it applies them at admission, `arena validate` offline. */
import type { z } from 'zod';

export interface CelRule {
  /** CEL over `self` (and `oldSelf`: then only on updates); true when all is well. */
  rule: string;
  /** What is wrong and what to do. */
  message: string;
  /** Duplicate is none of them: the API server then drops the message. */
  reason?: 'FieldValueInvalid' | 'FieldValueRequired' | 'FieldValueForbidden';
  /** Below the value that the rule stands on, e.g. `.pvc`. The field need not be there. */
  fieldPath?: string;
}

export const RULES_KEY = 'x-kubernetes-validations';

/** The schema, with rules that a valid value must meet besides. Parsing does not apply them. */
export const withRules = <S extends z.ZodType>(schema: S, ...rules: CelRule[]): S =>
  schema.meta({ [RULES_KEY]: rules });
