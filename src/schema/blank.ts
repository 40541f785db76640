import { z } from 'zod';

/** A text that may be written empty, which says as little as leaving it out. */
export const blankIsAbsent = z
  .string()
  .optional()
  .transform((text) => (text === '' ? undefined : text));
