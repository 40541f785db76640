/** Checks that ask a model how an answer stands to what was retrieved for it. */
import type { JsonValue } from '../../core/conversation.js';
import { compileQuery, type JsonQuery } from '../../schema/jmespath.js';
import { toText } from '../json.js';
import { type CheckFactory, fail, optionalText, optionalTexts, ParameterFault, type Params } from './check.js';
import { judgeFor } from './judge.js';
import { graded, lastQuestion, materialOf, standardsOf } from './judge-checks.js';
import { type JudgeVariable, systemPromptFor } from './judge-prompt.js';
import { judgeSystem, type Material } from './judge-question.js';
import type { ConversationView } from './view.js';

interface Measure {
  /** What the judge is to say; 1 is always the good end. */
  task: string;
  needs: readonly ('question' | 'contexts' | 'reference')[];
  /** Whether the answer itself is judged. */
  judgesAnswer: boolean;
}

function ragCheck({ task, needs, judgesAnswer }: Measure): CheckFactory {
  return (params, setup) => {
    const judge = judgeFor(params, setup);
    const system = systemPromptFor(params, setup, judgeSystem(task));
    const standards = standardsOf(params);
    const isNeeded = (name: JudgeVariable) => needs.some((need) => need === name) || system.uses.has(name);
    const contextsOf = needs.includes('contexts') ? contextsFrom(params) : undefined;
    const question = optionalText(params, 'question');
    const reference = optionalText(params, 'reference', 'expected_output');
    if (needs.includes('reference') && !reference) throw new ParameterFault('parameter "reference" is missing');
    return graded((view, outside) => {
      if (judgesAnswer && view.lastMessage === undefined) return fail('there is no answer to judge');
      const contexts = contextsOf?.(view) ?? [];
      if (contextsOf !== undefined && contexts.length === 0) return fail('no tool result so far holds a context');
      const given: Material[] = [
        { name: 'question', title: 'Question', text: question ?? lastQuestion(view) },
        { name: 'contexts', title: 'Retrieved contexts, in their order', text: numbered(contexts) },
        { name: 'reference', title: 'Expected answer', text: reference ?? '' },
      ];
      const shown = given.filter(({ name, text }) => text !== '' && isNeeded(name));
      const taken = new Set(given.map(({ name }) => name));
      const others = materialOf(view, judgesAnswer ? ['response'] : [], system).filter(({ name }) => !taken.has(name));
      return judge.ask({ system, material: [...shown, ...others], standards }, outside);
    }, system);
  };
}

const numbered = (contexts: readonly string[]): string =>
  contexts.map((context, index) => `[${index + 1}] ${context}`).join('\n\n');

/** The author's texts, or what `context_field` finds in the results of the conversation's tools, in their order. */
function contextsFrom(params: Params): (view: ConversationView) => string[] {
  const written = optionalTexts(params, 'contexts', 'context')?.filter((text) => text !== '') ?? [];
  const field = optionalText(params, 'context_field');
  if (written.length > 0) return () => written;
  if (!field) throw new ParameterFault('parameter "contexts" is missing');
  const query = queryOf(field);
  return ({ calls }) => calls.flatMap(({ result, error }) => (error === undefined ? textsIn(result, query) : []));
}

function queryOf(field: string): JsonQuery {
  try {
    return compileQuery(field);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ParameterFault(`parameter "context_field" is no JMESPath expression: ${reason}`);
  }
}

function textsIn(result: string, query: JsonQuery): string[] {
  let found: JsonValue;
  try {
    found = query(JSON.parse(result));
  } catch {
    // Other tools answer in words, or with data that the expression does not fit.
    return [];
  }
  const values = Array.isArray(found) ? found : [found];
  return values.flatMap((value) => (value === null || value === '' ? [] : [toText(value)]));
}

export const faithfulness = ragCheck({
  task: 'Say which share of the claims of the answer follows from the contexts: 1 all of them, 0 none.',
  needs: ['question', 'contexts'],
  judgesAnswer: true,
});

export const hallucination = ragCheck({
  task: 'Look for claims of the answer that the contexts contradict or do not hold: 1 there is none, 0 the answer is made up.',
  needs: ['question', 'contexts'],
  judgesAnswer: true,
});

export const contextualPrecision = ragCheck({
  task: 'Say how well the contexts are ordered: 1 all that help to reach the expected answer stand before those that do not, 0 none helps.',
  needs: ['question', 'contexts', 'reference'],
  judgesAnswer: false,
});

export const contextualRecall = ragCheck({
  task: 'Say which share of the statements of the expected answer the contexts support: 1 all of them, 0 none.',
  needs: ['question', 'contexts', 'reference'],
  judgesAnswer: false,
});

export const contextualRelevancy = ragCheck({
  task: 'Say which share of the contexts has to do with the question: 1 all of it, 0 nothing.',
  needs: ['question', 'contexts'],
  judgesAnswer: false,
});

export const answerRelevancy = ragCheck({
  task: 'Say how far the answer answers the question, whether it is true or not: 1 fully and only that, 0 not at all.',
  needs: ['question'],
  judgesAnswer: true,
});
