/** Checks that ask a model by the author's own criteria. */
import type { JsonValue } from '../../core/conversation.js';
import { shorten } from '../../core/shorten.js';
import { toText } from '../json.js';
import { type Check, type CheckFactory, type CheckSetup, fail, optionalTexts, type Params, quoted } from './check.js';
import { judgeFor, SELDOM_FULL_MARKS } from './judge.js';
import { type JudgeVariable, type SystemPrompt, systemPromptFor } from './judge-prompt.js';
import { judgeSystem, type Material, type Standard } from './judge-question.js';
import type { CallView, ConversationView } from './view.js';

/** Of one result in a list of calls: pages of data say little about the call. */
const MAX_RESULT_CHARACTERS = 4000;

/** What can be said of any conversation, by name. */
const PIECES: { readonly [name in JudgeVariable]?: (view: ConversationView) => Material } = {
  response: (view) => ({ name: 'response', title: 'Answer', text: view.last }),
  conversation: (view) => ({ name: 'conversation', title: 'Conversation', text: transcriptOf(view) }),
  question: (view) => ({ name: 'question', title: 'Question', text: lastQuestion(view) }),
  tool_calls: (view) => ({ name: 'tool_calls', title: 'Tool calls', text: callList(view.calls) }),
};

/** The named pieces, and what else the prompt has a place for. */
export function materialOf(view: ConversationView, names: readonly JudgeVariable[], prompt: SystemPrompt): Material[] {
  return [...new Set([...names, ...prompt.uses])].flatMap((name) => PIECES[name]?.(view) ?? []);
}

/** System prompt and tool messages are the assistant's affair. */
export function transcriptOf({ messages }: ConversationView): string {
  const said = messages.filter(({ role, content }) => (role === 'user' || role === 'assistant') && content !== '');
  return said.map(({ role, content }) => `${role === 'user' ? 'User' : 'Assistant'}: ${content}`).join('\n\n');
}

export function lastQuestion({ messages }: ConversationView): string {
  return messages.findLast(({ role }) => role === 'user')?.content ?? '';
}

function callList(calls: readonly CallView[]): string {
  return calls
    .map(({ name, args, result, error }, index) => {
      const outcome = error === undefined ? shorten(result, MAX_RESULT_CHARACTERS) : `failed: ${error}`;
      return `${index + 1}. ${name}(${JSON.stringify(args)})\n   ${outcome}`;
    })
    .join('\n');
}

/** `criteria` and `rubric`, which may be more than a text. */
export function standardsOf(params: Params): Standard[] {
  const { criteria, rubric } = params;
  const written: [Standard['name'], string, JsonValue | undefined][] = [
    ['criteria', 'Criteria', criteria],
    ['rubric', 'Rubric', rubric],
  ];
  return written.flatMap(([name, title, value]) => {
    const text = value === undefined || value === null ? '' : toText(value).trim();
    return text === '' ? [] : [{ name, title, text }];
  });
}

/** A check whose score is a judge's. */
export const graded = (check: Check, { unheeded }: Pick<SystemPrompt, 'unheeded'> = {}): Check =>
  Object.assign(check, { graded: SELDOM_FULL_MARKS, unheeded });

function ownPrompt(params: Params, setup: CheckSetup, task: string): SystemPrompt {
  return systemPromptFor(params, setup, judgeSystem(task), setup.bundle.arena.spec.judge_defaults?.prompt);
}

/** The newest answer. */
export const llmJudge: CheckFactory = (params, setup) => {
  const judge = judgeFor(params, setup);
  const standards = standardsOf(params);
  const system = ownPrompt(params, setup, 'You get one answer. Say how far it meets the criteria and the rubric.');
  return graded((view, outside) => {
    if (view.lastMessage === undefined) return fail('there is no answer to judge');
    return judge.ask({ system, material: materialOf(view, ['response'], system), standards }, outside);
  }, system);
};

/** The conversation so far and its tool calls. */
export const llmJudgeSession: CheckFactory = (params, setup) => {
  const judge = judgeFor(params, setup);
  const standards = standardsOf(params);
  const task = 'You get a conversation. Say how far the assistant meets the criteria and the rubric in all of it.';
  const system = ownPrompt(params, setup, task);
  return graded((view, outside) => {
    if (view.lastMessage === undefined) return fail('there is no answer to judge');
    const names: JudgeVariable[] = view.calls.length > 0 ? ['conversation', 'tool_calls'] : ['conversation'];
    return judge.ask({ system, material: materialOf(view, names, system), standards }, outside);
  }, system);
};

/** The tool calls of the conversation so far, all of them or those of `tools`. */
export const llmJudgeToolCalls: CheckFactory = (params, setup) => {
  const judge = judgeFor(params, setup);
  const standards = standardsOf(params);
  const tools = optionalTexts(params, 'tools');
  const system = ownPrompt(params, setup, 'You get tool calls. Say how far they meet the criteria and the rubric.');
  return graded((view, outside) => {
    const calls = tools === undefined ? view.calls : view.calls.filter(({ name }) => tools.includes(name));
    if (calls.length === 0) {
      const which = tools === undefined ? 'no tool was called' : `none of ${quoted(tools)} was called`;
      return { score: 1, skipped: true, explanation: `skipped: ${which}` };
    }
    const others = materialOf(view, [], system).filter(({ name }) => name !== 'tool_calls');
    const material: Material[] = [{ name: 'tool_calls', title: 'Tool calls', text: callList(calls) }, ...others];
    return judge.ask({ system, material, standards }, outside);
  }, system);
};
