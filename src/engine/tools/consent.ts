/** Consent of the user, which a scenario decides in the user's place. */
import type { TurnSpec } from '../../schema/scenario.js';
import { blockedByHook } from './blocked-by-hook.js';
import type { ToolAnswer } from './prepared-tool.js';

const REASONS = { deny: 'user declined consent', timeout: 'consent request timed out' };

/** The answer of a tool whose use the turn does not allow; nothing when it may run. */
export function consentRefusal(tool: string, turn: TurnSpec): ToolAnswer | undefined {
  const decision = turn.consent_overrides?.[tool] ?? 'grant';
  return decision === 'grant' ? undefined : blockedByHook(tool, REASONS[decision]);
}
