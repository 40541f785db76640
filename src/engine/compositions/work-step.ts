/** One step that does something: an answer of a prompt, a prompt with tools, or a call of a tool. */
import type { ContentPart, JsonValue, Violation } from '../../core/conversation.js';
import type { WorkStepSpec } from '../../schema/composition.js';
import { findJson, isObject, toText } from '../json.js';
import type { SchemaCheck } from '../json-schema.js';
import type { ModelAccess } from '../model-access.js';
import type { PreparedPrompt } from '../prompt.js';
import { runPrompt } from '../prompt-run.js';
import { ToolLoop } from '../tools/policy.js';
import type { PreparedTool } from '../tools/prepared-tool.js';
import { fill, type StepOutput, type Values } from './values.js';

/** What steps of one conversation have to work with. */
export interface Workshop {
  model: ModelAccess;
  prompt(task: string): PreparedPrompt;
  /** Of the bundle, and of what the conversation has beside it. */
  tools(names: readonly string[]): Map<string, PreparedTool>;
  /** For calls that no model decides on. */
  opening: PreparedPrompt;
  schema(reference: NonNullable<WorkStepSpec['output_schema']>): SchemaCheck;
}

/** The step did not come to an output that it may have; another try may. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
}

export interface Done extends StepOutput {
  violations: Violation[];
}

/** Throws a `StepFailure` when the last try failed too, and an `ArenaError` when the model cannot be asked. */
export async function runWork(
  step: WorkStepSpec,
  values: Values,
  parts: ContentPart[] | undefined,
  shop: Workshop,
): Promise<Done> {
  const attempts = step.modifiers?.retry?.max_attempts ?? 1;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const done = step.kind === 'tool' ? await callTool(step, values, shop) : await ask(step, values, parts, shop);
      checkOutput(step.output_schema, done.value, shop);
      return done;
    } catch (error) {
      if (!(error instanceof StepFailure) || attempt >= attempts) throw error;
    }
  }
}

/** Throws a `StepFailure` when an output is not as its schema says. */
export function checkOutput(schema: WorkStepSpec['output_schema'], value: JsonValue, shop: Workshop): void {
  const faults = schema === undefined ? [] : shop.schema(schema)(value);
  if (faults.length > 0) throw new StepFailure(`its output is not as output_schema says: ${faults.join('; ')}`);
}

type AskStep = Exclude<WorkStepSpec, { kind: 'tool' }>;

async function ask(
  step: AskStep,
  values: Values,
  parts: ContentPart[] | undefined,
  { model, prompt: promptOf, tools }: Workshop,
): Promise<Done> {
  const prompt = promptOf(step.prompt_task);
  const input = step.input === undefined ? values.inputText : fill(step.input, values);
  const agent = step.kind === 'agent' ? step : undefined;
  const allowed = agent?.tools === undefined ? prompt.tools : tools(agent.tools);
  const { text, violations } = await runPrompt(
    {
      prompt,
      variables: variablesOf(input),
      text: toText(input),
      // Media belong to the message: a step with an input of its own is not asked about them.
      parts: step.input === undefined ? parts : undefined,
      tools: agent === undefined ? new Map() : allowed,
      speaker: { step: step.id },
      maxAnswers: agent?.termination.max_steps,
      endedBy: agent?.termination.tool_called,
    },
    model,
  );
  const json = findJson(text, { allowWrapped: true, extract: false });
  return { text, value: typeof json === 'object' && json !== null ? json : text, violations };
}

/** `{{input}}`, and what a map holds under its own names. */
function variablesOf(input: JsonValue): [string, string][] {
  const inner = isObject(input) ? Object.entries(input).map(([key, one]): [string, string] => [key, toText(one)]) : [];
  return [...inner, ['input', toText(input)]];
}

async function callTool(
  step: Extract<WorkStepSpec, { kind: 'tool' }>,
  values: Values,
  { model, tools, opening }: Workshop,
): Promise<Done> {
  const args = fill(step.args ?? {}, values);
  const call = { id: `step_${step.id}`, name: step.tool, args: isObject(args) ? args : {} };
  const loop = new ToolLoop(opening.toolPolicy, 0);
  const [answer] = await model.callTools({ step: step.id }, [call], loop, tools([step.tool]));
  if (answer?.error !== undefined) throw new StepFailure(`tool ${step.tool}: ${answer.error}`);
  const text = answer?.text ?? '';
  const json = findJson(text, { allowWrapped: false, extract: false });
  return { text, value: json ?? text, violations: answer?.violations ?? [] };
}
