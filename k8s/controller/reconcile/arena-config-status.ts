/** What is told about a config, given how it is: decides nothing that is done. */
import { type Refusal, refusalText, waitOf } from '../../../src/cluster/refusal.js';
import type { ConfigResolution } from '../../../src/cluster/resolve-config.js';
import type { BundleCheckResult } from '../../../src/core/bundle-check.js';
import type { ArenaConfigStatus } from '../../../src/schema/cluster/arena-config.js';
import { conditionsOf, timeOf, type Wanted } from './conditions.js';

interface Known {
  before: ArenaConfigStatus | undefined;
  generation: number;
  /** Value of the annotation that asks for a look at once. */
  wish: string | undefined;
}

export interface ConfigState extends Known {
  suspended: boolean;
  resolution: ConfigResolution;
  /** What came of the look at the bundle, at which time since the epoch; absent while there is none. */
  look?: { result: BundleCheckResult; at: number } | { error: string };
}

type Verdict = Pick<Wanted, 'status' | 'reason' | 'message'> & { phase: NonNullable<ArenaConfigStatus['phase']> };

/** Of a config whose spec is not what it should be. */
export function invalidConfigStatus(known: Known, message: string, nowMs: number): ArenaConfigStatus {
  const ready: Wanted = { type: 'Ready', status: 'False', reason: 'InvalidSpec', message };
  return {
    phase: 'Invalid',
    conditions: conditionsOf([ready], known.before?.conditions, known.generation, nowMs),
    observedGeneration: known.generation,
    ...kept(known),
  };
}

export function configStatus(state: ConfigState, nowMs: number): ArenaConfigStatus {
  const { before, generation, resolution, look } = state;
  const { source, sourceRefusals, providers, providerRefusals, tools, toolRefusals } = resolution;
  const verdict = verdictOf(state);
  const result = look !== undefined && 'result' in look ? look.result : undefined;
  const wanted: Wanted[] = [
    { type: 'Ready', status: verdict.status, reason: verdict.reason, message: verdict.message },
    aspect('SourceResolved', sourceRefusals, `revision ${source?.revision ?? 'unknown'}`),
    aspect('ProvidersValid', providerRefusals, providers === undefined ? 'those of the bundle' : toldOf(providers)),
    aspect('ToolRegistriesValid', toolRefusals, tools === undefined ? 'the tools of the bundle' : toolsOf(tools)),
  ];
  const scenarioCount = result?.scenarioCount ?? before?.resolvedSource?.scenarioCount;
  const names = [...new Set((providers ?? []).map(({ id }) => id))].sort();
  return {
    phase: verdict.phase,
    conditions: conditionsOf(wanted, before?.conditions, generation, nowMs),
    observedGeneration: generation,
    ...(source === undefined
      ? {}
      : {
          resolvedSource: {
            revision: source.revision,
            ...(source.url === undefined ? {} : { url: source.url }),
            ...(scenarioCount === undefined ? {} : { scenarioCount }),
          },
        }),
    ...(names.length === 0 || providerRefusals.length > 0 ? {} : { resolvedProviders: names }),
    ...kept(state),
    // The time of the look, not of the telling: what has not changed is not told again.
    ...(look !== undefined && 'result' in look && verdict.phase === 'Ready'
      ? { lastValidatedTime: timeOf(look.at) }
      : {}),
  };
}

function verdictOf({ before, generation, suspended, resolution, look }: ConfigState): Verdict {
  const { sourceRefusals, providerRefusals, toolRefusals, warnings } = resolution;
  const refusals = [...sourceRefusals, ...providerRefusals, ...toolRefusals];
  const [first] = refusals;
  if (first !== undefined) {
    // Only what is on its way by itself is waited for.
    const waits = waitOf(refusals)?.reason === 'SourceNotReady' && refusals.length === 1;
    const phase = waits ? 'Pending' : 'Invalid';
    return { phase, status: 'False', reason: first.reason, message: refusalText(refusals) };
  }
  if (look === undefined) {
    const message = 'the bundle is being looked at';
    // What was found good stays so until the contrary is known: jobs need not wait for the next look.
    const wasReady = before?.phase === 'Ready' && before.observedGeneration === generation;
    if (wasReady) return { phase: 'Ready', ...readiness(suspended, warnings) };
    return { phase: 'Pending', status: 'False', reason: 'Validating', message };
  }
  if ('error' in look) return { phase: 'Error', status: 'False', reason: 'CheckFailed', message: look.error };
  const { faults, scenarioCount } = look.result;
  if (faults.length > 0) {
    const reason = scenarioCount === 0 ? 'NoScenarios' : 'InvalidBundle';
    return { phase: 'Invalid', status: 'False', reason, message: faults.join('\n') };
  }
  return { phase: 'Ready', ...readiness(suspended, warnings) };
}

function readiness(suspended: boolean, warnings: readonly string[]): Pick<Wanted, 'status' | 'reason' | 'message'> {
  const notes = warnings.map((warning) => `\n${warning}`).join('');
  if (!suspended) return { status: 'True', reason: 'Valid', message: `jobs can run${notes}` };
  return { status: 'True', reason: 'Suspended', message: `valid; no job starts while spec.suspend is true${notes}` };
}

function aspect(type: string, refusals: readonly Refusal[], good: string): Wanted {
  const [first] = refusals;
  if (first === undefined) return { type, status: 'True', reason: 'Resolved', message: good };
  return { type, status: 'False', reason: first.reason, message: refusalText(refusals) };
}

const toldOf = (providers: NonNullable<ConfigResolution['providers']>): string =>
  providers.map(({ from }) => from).join(', ');

function toolsOf({ tools, mcpServers, openApis }: NonNullable<ConfigResolution['tools']>): string {
  const later = mcpServers.length + openApis.length;
  const listed = later === 0 ? '' : `, and those of ${later} that are listed when a job begins`;
  return `${tools.length} tools${listed}`;
}

/** What is carried over, or follows from the object alone. */
function kept({ before, wish }: Known): Pick<ArenaConfigStatus, 'lastHandledReconcileAt' | 'lastValidatedTime'> {
  return {
    ...(wish === undefined ? {} : { lastHandledReconcileAt: wish }),
    ...(before?.lastValidatedTime === undefined ? {} : { lastValidatedTime: before.lastValidatedTime }),
  };
}
