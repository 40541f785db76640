/** Consent of the user, which a scenario decides in the user's place. */
import type { TurnSpec } from '../../schema/scenario.js';
import type { ToolSpec } from '../../schema/tool.js';
import { blockedByHook } from './blocked-by-hook.js';
import type { ToolAnswer } from './prepared-tool.js';

const REASONS = { deny: 'user declined consent', timeout: 'consent request timed out' };

/**
 * The answer of a tool whose use the turn does not allow; nothing when it may run. The model is told no more than that;
 * the record says as well what the user was asked.
 */
export function consentRefusal(tool: string, turn: TurnSpec, client?: ToolSpec['client']): ToolAnswer | undefined {
  const decision = turn.consent_overrides?.[tool] ?? 'grant';
  if (decision === 'grant') return undefined;
  const refusal = blockedByHook(tool, REASONS[decision]);
  const asked = askedOf(decision, client);
  return asked === '' ? refusal : { ...refusal, error: `${refusal.error} (${asked})` };
}

function askedOf(decision: 'deny' | 'timeout', client: ToolSpec['client']): string {
  const { consent, categories = [], timeout_ms: ms } = client ?? {};
  const parts = consent?.message === undefined ? [] : [`asked: ${consent.message}`];
  if (categories.length > 0) parts.push(`it touches: ${categories.join(', ')}`);
  if (decision === 'timeout' && ms !== undefined && ms > 0) parts.push(`within ${ms} ms`);
  return parts.join('; ');
}
