import type { ConversationRecord, Message } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { engineBundle, hold } from './engine-bundle.js';

/** Prompts `p1` to `p3`; a model that answers each step from a table, and says what it was asked. */
export const PROMPTS = Object.fromEntries(
  ['p1', 'p2', 'p3'].map((task) => [
    task,
    { task_type: task, system_template: `You are ${task}.`, allowed_tools: ['look'] },
  ]),
);

export interface Run {
  steps: object[];
  /** Answers by step; a list: one after the other. */
  answers?: { [step: string]: string | (string | Partial<Message>)[] };
  rest?: object;
  content?: string;
  scenario?: object;
  arena?: object;
  tool?: object;
}

export async function run({ steps, answers = {}, rest, content = 'Hello', scenario, arena, tool }: Run) {
  const bundle = engineBundle({
    arena: { prompt_specs: PROMPTS, compositions: { flow: { steps, ...rest } }, ...arena },
    scenario: { task_type: 'flow', turns: [{ role: 'user', content }], ...scenario },
    tools: { look: { mock_result: { found: 7 }, ...tool } },
  });
  const asked: CompletionRequest[] = [];
  const counts = new Map<string, number>();
  const record = await hold(bundle, {
    complete: (request) => {
      asked.push(request);
      const { step = '' } = request.context;
      const count = counts.get(step) ?? 0;
      counts.set(step, count + 1);
      const answer = answers[step] ?? `answer of ${step}`;
      const said = typeof answer === 'string' ? answer : answer[Math.min(count, answer.length - 1)];
      const completion = typeof said === 'string' ? { content: said } : { content: '', ...said };
      return { latencyMs: 0, usage: { inputTokens: 1 }, ...completion };
    },
  });
  return { record, asked };
}

/** The newest message. */
export const last = ({ messages }: ConversationRecord) => messages.at(-1);
/** Ids of the steps that ran. */
export const ran = (record: ConversationRecord) =>
  last(record)
    ?.composition?.steps.filter((step) => step.ran)
    .map(({ id }) => id);
export const prompt = (id: string, rest: object = {}) => ({ id, kind: 'prompt', prompt_task: 'p1', ...rest });

/** A step that chooses between steps. */
export const branch = (id: string, predicate: object, yes: string, no?: string): object => ({
  id,
  kind: 'branch',
  predicate,
  else: no,
  ...Object.fromEntries([['then', yes]]),
});
