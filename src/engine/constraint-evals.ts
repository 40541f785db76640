/** What a scenario expects of the answers in its `constraints`: reported beside the checks, never a verdict. */
import type { Loaded } from '../bundle/bundle.js';
import type { AssertionResult } from '../core/conversation.js';
import type { ScenarioSpec } from '../schema/scenario.js';
import { countSentences } from './assertions/length-checks.js';
import type { ConversationView } from './assertions/view.js';

export function constraintEvals({ spec, at }: Loaded<ScenarioSpec>, view: ConversationView): AssertionResult[] {
  const { required_themes: themes = [], max_sentences: most } = spec.constraints ?? {};
  const found: AssertionResult[] = [];
  const result = (type: string, params: AssertionResult['params'], score: number, explanation: string) => {
    const source = at(['spec', 'constraints', type]);
    found.push({ level: 'conversation', type, params, passed: score === 1, score, explanation, source });
  };
  if (themes.length > 0) {
    const text = view.all.join('\n').toLowerCase();
    const missing = themes.filter((theme) => !text.includes(theme.toLowerCase()));
    const explanation =
      missing.length === 0 ? 'the answers hold all themes' : `the answers hold no "${missing.join('", "')}"`;
    result('required_themes', { themes }, (themes.length - missing.length) / themes.length, explanation);
  }
  if (most !== undefined) {
    const longest = Math.max(0, ...view.all.map(countSentences));
    const explanation = `the longest answer has ${longest} sentences, at most ${most}`;
    result('max_sentences', { max: most }, longest <= most ? 1 : most / longest, explanation);
  }
  return found;
}
