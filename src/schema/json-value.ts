/** Values that a bundle may hold where no shape is laid down: anything that JSON can say. */
import { z } from 'zod';
import type { JsonValue } from '../core/conversation.js';

export const jsonValue: z.ZodType<JsonValue, JsonValue> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(jsonValue), z.record(z.string(), jsonValue)], {
    error: 'is not a value that JSON can hold',
  }),
);

export const jsonObject = z.record(z.string(), jsonValue);

/** A map whose values are texts. Numbers and booleans are read as the text they were written as. */
export const textMap = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean()]).transform((value) => String(value)),
);
