/** Runs a prompt on one text, apart from the conversation: what a member of a team or a step of a composition does. */
import type { ContentPart, Message, Violation } from '../core/conversation.js';
import { ArenaError } from '../core/errors.js';
import type { Completion, RequestMessage } from '../core/provider.js';
import { guard } from './guardrails.js';
import type { ModelAccess, Speaker } from './model-access.js';
import type { PreparedPrompt } from './prompt.js';
import { ToolLoop } from './tools/policy.js';
import type { PreparedTool } from './tools/prepared-tool.js';

export interface PromptRun {
  prompt: PreparedPrompt;
  /** Variables beside the prompt's own. */
  variables: readonly (readonly [string, string])[];
  text: string;
  /** Media that go with the text. */
  parts?: ContentPart[];
  tools: ReadonlyMap<string, PreparedTool>;
  speaker: Speaker;
  /** Answers of the model at most. Default: as the tool policy bounds them. */
  maxAnswers?: number;
  /** A successful call of this tool ends the run. */
  endedBy?: string;
}

export interface PromptAnswer {
  text: string;
  violations: Violation[];
}

/**
 * Guardrails and tool policy of the prompt hold. Throws an `ArenaError` when the model cannot be asked or its loop does
 * not end.
 */
export async function runPrompt(run: PromptRun, access: ModelAccess): Promise<PromptAnswer> {
  const { guardrails, toolPolicy } = run.prompt;
  if (guardrails.failure !== undefined) throw new ArenaError(guardrails.failure);
  const input = await guard(guardrails, 'input', run.text, access.outside);
  if (input.violations.length > 0) return { text: input.text, violations: input.violations };
  const messages = opening(run);
  const loop = new ToolLoop(toolPolicy, 0);
  const violations: Violation[] = [];
  for (let answers = 1; ; answers += 1) {
    const completion = await access.ask({
      messages: [...messages],
      prompt: run.prompt,
      speaker: run.speaker,
      ...loop.offer(run.tools),
    });
    const { content, toolCalls = [] } = completion;
    const judged = content !== '' || toolCalls.length === 0;
    const output = judged ? await guard(guardrails, 'output', content, access.outside) : { text: '', violations: [] };
    violations.push(...output.violations);
    if (toolCalls.length === 0) return { text: output.text, violations };
    const ending = await callTools(run, access, { messages, loop, completion, text: output.text });
    if (ending !== undefined) return { text: output.text || ending, violations };
    if (answers === run.maxAnswers) return { text: output.text, violations };
  }
}

function opening({ prompt, variables, text, parts }: PromptRun): RequestMessage[] {
  const system = prompt.system(variables);
  const user: Message = parts === undefined ? { role: 'user', content: text } : { role: 'user', content: text, parts };
  return system === '' ? [user] : [{ role: 'system', content: system }, user];
}

interface Round {
  messages: RequestMessage[];
  loop: ToolLoop;
  completion: Completion;
  text: string;
}

/** The result of the tool that ends the run, if it was called; the messages get the calls and their results. */
async function callTools(
  { tools, endedBy, speaker }: PromptRun,
  access: ModelAccess,
  { messages, loop, completion, text }: Round,
): Promise<string | undefined> {
  const { toolCalls = [], costUsd, opaque } = completion;
  messages.push({ role: 'assistant', content: text, toolCalls, ...(opaque === undefined ? {} : { opaque }) });
  loop.startRound(costUsd);
  const answers = await access.callTools(speaker, toolCalls, loop, tools);
  let ending: string | undefined;
  for (const [index, { text: result, parts, error }] of answers.entries()) {
    const { id = '', name = '' } = toolCalls[index] ?? {};
    const message: Message = { role: 'tool', content: result, toolResult: { id, name } };
    if (error !== undefined) message.toolResult = { id, name, error };
    if (parts !== undefined) message.parts = parts;
    messages.push(message);
    if (name === endedBy && error === undefined) ending ??= result;
  }
  return ending;
}
