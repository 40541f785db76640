/** Checks of guardrails. */
import { type CheckFactory, flag, optionalText, text, verdict } from './check.js';

/**
 * A guardrail of this type fired on the turn, or did not when `should_trigger` is false. Guardrails that pass leave no
 * trace, so a name that the prompt does not have counts as not fired.
 */
export const guardrailTriggered: CheckFactory = (params) => {
  const type = text(params, 'validator_type', 'validator');
  const expected = flag(params, 'should_trigger', true);
  const direction = optionalText(params, 'direction');
  return (view) => {
    const fired = view.violations.some(
      (violation) => violation.validator === type && (direction === undefined || violation.direction === direction),
    );
    return verdict(fired === expected, `guardrail "${type}" ${fired ? 'fired' : 'did not fire'}`);
  };
};
