/** Compositions: fixed steps over prompts and tools that answer in place of one prompt. */
import { z } from 'zod';
import type { JsonValue } from '../core/conversation.js';
import { jsonObject, jsonValue } from './json-value.js';

const stepId = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'must be letters, digits and _, and not begin with a digit');

const schemaReference = z
  .union([z.string().min(1), jsonObject], { error: 'must be a JSON Schema, or the path of a file with one' })
  .optional();

/** Steps read what came before as `${input}`, `${input.KEY}`, `${STEP.output}` and `${STEP.output.KEY}`. */
const bound = `\${input.KEY} and \${STEP.output.KEY} stand for earlier values`;

const common = {
  id: stepId.describe('Name of the step in references and checks.'),
  description: z.string().optional().describe('What the step is for; records show it.'),
  depends_on: z.array(stepId).optional().describe('Steps that come first. The step is skipped when all of them were.'),
  output_schema: schemaReference.describe('JSON Schema of the output, or the path of a file with one.'),
  modifiers: z
    .object({
      retry: z
        .object({ max_attempts: z.int().min(1).max(10).describe('Tries in all, 1..10. Default: 1.') })
        .optional()
        .describe('What happens when the step fails.'),
    })
    .optional()
    .describe('How the step is run.'),
};

const asked = {
  prompt_task: z.string().min(1).describe('Prompt that answers.'),
  input: jsonValue
    .optional()
    .describe(`What it is asked, also its variable {{input}}; ${bound}. Default: the input of the composition.`),
};

const prompt = z
  .object({ kind: z.literal('prompt').describe('One answer of a prompt.'), ...common, ...asked })
  .describe('One answer of a prompt, without tools.');

const agent = z
  .object({
    kind: z.literal('agent').describe('A prompt with tools.'),
    ...common,
    ...asked,
    tools: z.array(z.string().min(1)).optional().describe('Tools it may call. Default: those of the prompt.'),
    termination: z
      .object({
        max_steps: z.int().min(1).max(100).optional().describe('Answers of the model at most, 1..100.'),
        tool_called: z.string().min(1).optional().describe('Tool whose successful call ends the step.'),
      })
      .refine(
        (end) => end.max_steps !== undefined || end.tool_called !== undefined,
        'must hold max_steps or tool_called',
      )
      .describe('When it ends, beside an answer without tool calls.'),
  })
  .describe('A prompt that calls tools until it is done.');

const tool = z
  .object({
    kind: z.literal('tool').describe('A call of a tool.'),
    ...common,
    tool: z.string().min(1).describe('Tool that is called.'),
    args: jsonObject.optional().describe(`Its arguments; ${bound}.`),
  })
  .describe('A call of a tool that no model decides on.');

export interface PredicateSpec {
  path?: string | undefined;
  op?: (typeof operators)[number] | undefined;
  value?: JsonValue | undefined;
  exists?: boolean | undefined;
  all_of?: PredicateSpec[] | undefined;
  any_of?: PredicateSpec[] | undefined;
  not?: PredicateSpec | undefined;
}

const operators = [
  'equals',
  'not_equals',
  'in',
  'not_in',
  'less_than',
  'less_than_or_equals',
  'greater_than',
  'greater_than_or_equals',
] as const;

const predicate: z.ZodType<PredicateSpec, PredicateSpec> = z.lazy(() =>
  z
    .object({
      path: z.string().min(1).optional().describe(`Value that is looked at, e.g. \${STEP.output.KEY}.`),
      op: z.enum(operators).optional().describe('How it is compared with `value`.'),
      value: jsonValue.optional().describe('What it is compared with; a list for in and not_in.'),
      exists: z.boolean().optional().describe('Whether there must be such a value, or must not.'),
      all_of: z.array(predicate).min(1).optional().describe('All of these hold.'),
      any_of: z.array(predicate).min(1).optional().describe('One of these holds.'),
      not: predicate.optional().describe('This does not hold.'),
    })
    .superRefine((written, context) => {
      const fault = predicateFault(written);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .describe('A condition: path with op and value, path with exists, all_of, any_of, or not.'),
);

function predicateFault({ path, op, value, exists, all_of, any_of, not }: PredicateSpec): string | undefined {
  const compares = op !== undefined || value !== undefined;
  const kinds = [compares, exists !== undefined, all_of !== undefined, any_of !== undefined, not !== undefined];
  if (kinds.filter(Boolean).length !== 1) {
    return 'must be exactly one of: path with op and value, path with exists, all_of, any_of, not';
  }
  if (compares && (op === undefined || value === undefined)) return 'needs both op and value';
  const looks = compares || exists !== undefined;
  if (looks !== (path !== undefined)) return looks ? 'needs a path' : 'has a path that nothing looks at';
  if ((op === 'in' || op === 'not_in') && !Array.isArray(value)) return `${op} needs a list as value`;
  return undefined;
}

const branch = z
  .object({
    kind: z.literal('branch').describe('A choice between steps.'),
    id: common.id,
    description: common.description,
    depends_on: common.depends_on,
    predicate: predicate.describe('What decides.'),
    // biome-ignore lint/suspicious/noThenProperty: the name is the notation's
    then: stepId.describe('Step that runs when it holds.'),
    else: stepId.optional().describe('Step that runs when it does not. Absent: none.'),
  })
  .describe('A choice: steps that it names run only when it chooses them.');

const parallel = z
  .object({
    kind: z.literal('parallel').describe('Steps side by side.'),
    ...common,
    branches: z
      .array(z.discriminatedUnion('kind', [prompt, agent, tool]))
      .min(2)
      .max(50)
      .describe('Steps that run at the same time, 2 to 50.'),
    reduce: z
      .object({
        strategy: z
          .enum(['append', 'replace', 'barrier'])
          .describe('append: one list of all outputs; replace: the last one; barrier: a map by id of the step.'),
        into: z.string().min(1).describe('Key of the output that holds the result.'),
      })
      .describe('How their outputs become one.'),
  })
  .describe('Steps that run at the same time.');

const composition = z
  .object({
    version: z.literal(1, 'must be 1: there is no other notation').optional().describe('Version of the notation: 1.'),
    description: z.string().optional().describe('What it is for; records show it.'),
    input_schema: schemaReference.describe('JSON Schema of the input, or the path of a file with one.'),
    output_schema: schemaReference.describe('JSON Schema of the output, or the path of a file with one.'),
    steps: z
      .array(z.discriminatedUnion('kind', [prompt, agent, tool, branch, parallel]))
      .min(1)
      .max(200)
      .describe('The steps, at most 200, in the order in which they run unless references ask for another.'),
    output: stepId.optional().describe('Step whose output is the answer. Default: the last one that ran.'),
  })
  .describe('Steps that answer a message.');

export const compositionsSchema = z
  .record(z.string().min(1), composition)
  .describe('Steps over prompts and tools, by name; a workflow state or a scenario’s task_type names one.');

export type CompositionSpec = z.infer<typeof composition>;
export type StepSpec = CompositionSpec['steps'][number];
export type BranchStepSpec = z.infer<typeof branch>;
export type ParallelStepSpec = z.infer<typeof parallel>;
export type WorkStepSpec = ParallelStepSpec['branches'][number];
export type SchemaReference = z.infer<typeof schemaReference>;
