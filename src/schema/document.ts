/** What every document of a bundle has around its spec. */
import { z } from 'zod';
import { textMap } from './json-value.js';

/** Names become parts of ids, paths and reports; this keeps them on one line and of a bearable length. */
const MAX_NAME_CHARACTERS = 253;

const nameSchema = z
  .string()
  .min(1)
  .max(MAX_NAME_CHARACTERS)
  .regex(/^[^\p{Cc}]*$/u, 'must not hold control characters');

const metadata = z
  .object({
    name: nameSchema.optional().describe('Id of the document; wins over an `id` inside the spec.'),
    namespace: z
      .string()
      .optional()
      .describe('For the author’s own order; that of the Arena file stands in summary and reports.'),
    labels: textMap
      .optional()
      .describe('Those of scenarios stand in their records, those of the Arena file in summary and reports.'),
    annotations: textMap.optional().describe('The author’s own notes; they stand beside the labels.'),
  })
  .describe('Name and labels of the document.');

/** The Kubernetes-style document around a spec. */
export function documentOf<Kind extends string, Spec extends z.ZodType>(kind: Kind, spec: Spec) {
  return z.strictObject({
    $schema: z.string().optional().describe('For editors; nothing reads it.'),
    apiVersion: z
      .string()
      .optional()
      .describe('`promptkit.altairalabs.ai/v1alpha1` by convention; the value is not compared.'),
    kind: z.literal(kind).describe('What the document is.'),
    metadata: metadata.optional(),
    spec,
  });
}
