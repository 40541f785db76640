import type { Bundle } from '../../src/bundle/bundle.js';
import type { AssertionResult, JsonValue, Message } from '../../src/core/conversation.js';
import type { CompletionRequest } from '../../src/core/provider.js';
import { compileAssertion } from '../../src/engine/assertions/assertion.js';
import type { CheckOutside } from '../../src/engine/assertions/check.js';
import { type CallView, ConversationView } from '../../src/engine/assertions/view.js';
import { outsideOf } from './checks.js';
import { type EngineBundleParts, engineBundle } from './engine-bundle.js';

export type Params = { [name: string]: JsonValue };

/** A bundle whose Arena file names the judges `strict` and `mild`, in this order. */
export function bundleWithJudges(parts: EngineBundleParts = {}): Bundle {
  return engineBundle({
    ...parts,
    arena: {
      judges: [
        { name: 'strict', provider: 'strict-model' },
        { name: 'mild', provider: 'mild-model' },
      ],
      ...parts.arena,
    },
    providers: {
      'strict-model': { type: 'mock', model: 's' },
      'mild-model': { type: 'mock', model: 'm' },
      ...parts.providers,
    },
  });
}

/** What judges were asked, and what they answer: one answer after the other, the last one again and again. */
export class ScriptedJudge {
  readonly asked: { provider: string; request: CompletionRequest }[] = [];

  constructor(private readonly answers: readonly string[]) {}

  get complete(): CheckOutside['complete'] {
    return async (provider, request) => {
      const content = this.answers[Math.min(this.asked.length, this.answers.length - 1)] ?? '';
      this.asked.push({ provider, request });
      return { content, latencyMs: 1 };
    };
  }

  get system(): string {
    return this.asked[0]?.request.messages[0]?.content ?? '';
  }

  get user(): string {
    return this.asked[0]?.request.messages[1]?.content ?? '';
  }
}

export const QUESTION = 'How do I reset it?';
export const ANSWER = 'Hold the button.';

/** The user asked, perhaps tools were called, and the assistant answered. */
export function talk(calls: readonly CallView[] = [], answer = ANSWER): ConversationView {
  const messages: Message[] = [
    { role: 'system', content: 'You support a shop.' },
    { role: 'user', content: QUESTION },
    ...calls.map(({ name, result }): Message => ({ role: 'tool', content: result, toolResult: { id: name, name } })),
    { role: 'assistant', content: answer },
  ];
  return new ConversationView({ messages, calls, from: 0, usage: {} });
}

export const callOf = (name: string, result: string, args: CallView['args'] = {}): CallView => ({
  name,
  args,
  result,
  parts: [],
});

export interface Judged {
  view?: ConversationView;
  bundle?: Bundle;
  evalId?: string;
  outside?: Partial<CheckOutside>;
}

/** The result of one check by a judge. */
export async function judged(
  type: string,
  params: Params,
  judge: ScriptedJudge,
  { view = talk(), bundle = bundleWithJudges(), evalId, outside }: Judged = {},
): Promise<AssertionResult> {
  const assertion = compileAssertion({ type, params }, 'turn', 'a.yaml:1:1', { bundle, evalId });
  return assertion.evaluate(view, outsideOf({ complete: judge.complete, ...outside }));
}
