/**
 * `golden.json`: what the reference engine made of a bundle. A golden may carry hashes in place of texts: the first 16
 * hex digits of the SHA-256 of the text, or of the JSON of a value with sorted keys and no white space.
 */
import { z } from 'zod';

const turn = z.looseObject({
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  content: z.string().optional(),
  contentSha: z.string().optional(),
  toolCalls: z
    .array(
      z.looseObject({
        id: z.string().optional(),
        name: z.string(),
        args: z.unknown().optional(),
        argsSha: z.string().optional(),
      }),
    )
    .optional(),
  toolResult: z
    .looseObject({
      id: z.string().optional(),
      name: z.string().optional(),
      text: z.string().optional(),
      textSha: z.string().optional(),
      error: z.unknown().optional(),
      media: z.array(z.looseObject({ type: z.string(), mime: z.string().optional() })).optional(),
    })
    .optional(),
  media: z.array(z.looseObject({ type: z.string(), mime: z.string().optional() })).optional(),
  workflowState: z.string().optional(),
  selfPlay: z.looseObject({ persona: z.string().optional() }).optional(),
});

const assertion = z.looseObject({
  level: z.enum(['turn', 'conversation']),
  messageIndex: z.number().optional(),
  type: z.string().optional(),
  passed: z.boolean(),
  score: z.number().nullish(),
  skipped: z.boolean().nullish(),
});

const run = z.looseObject({
  scenario: z.string(),
  provider: z.string(),
  region: z.string().default('default'),
  turns: z.array(turn).optional(),
  turnsOmitted: z.boolean().optional(),
  assertions: z.array(assertion).default([]),
  error: z.string().nullish(),
  passed: z.boolean(),
});

const defect = z.looseObject({ where: z.string(), kind: z.string(), observed: z.string().optional() });

const goldenSchema = z.looseObject({
  bundle: z.string(),
  config: z.string().default('config.arena.yaml'),
  command: z.string().default(''),
  runs: z.array(run),
  referenceDefects: z.array(defect).default([]),
});

export type Golden = z.output<typeof goldenSchema>;
export type GoldenRun = z.output<typeof run>;
export type GoldenTurn = z.output<typeof turn>;
export type GoldenAssertion = z.output<typeof assertion>;

/** Throws an error that names every fault. */
export function readGolden(text: string): Golden {
  return goldenSchema.parse(JSON.parse(text));
}
