/** All checks by name. A new check is a function in one of the neighbouring files and a line here. */
import { agentInvoked, agentNotInvoked, agentResponseContains } from './agent-checks.js';
import { costBudget, latencyBudget, turnCount } from './budget-checks.js';
import type { CheckFactory } from './check.js';
import { classified } from './classifier-checks.js';
import {
  compositionBranchTaken,
  compositionOutput,
  compositionParallelComplete,
  compositionStepOutput,
} from './composition-checks.js';
import { guardrailTriggered } from './guardrail-checks.js';
import { jsonPath, jsonSchema, jsonValid } from './json-checks.js';
import { llmJudge, llmJudgeSession, llmJudgeToolCalls } from './judge-checks.js';
import { maxLength, minLength, sentenceCount } from './length-checks.js';
import { audioFormat, imageFormat, toolResultHasMedia, toolResultMediaType } from './media-checks.js';
import { audioDuration, imageDimensions, videoDuration, videoResolution } from './media-measure-checks.js';
import { directional, outcomeEquivalent } from './outcome-checks.js';
import {
  answerRelevancy,
  contextualPrecision,
  contextualRecall,
  contextualRelevancy,
  faithfulness,
  hallucination,
} from './rag-checks.js';
import { bias, piiLeakage, roleViolation, toxicity } from './safety-checks.js';
import { a2aEval, a2aEvalSession, restEval, restEvalSession } from './service-checks.js';
import { skillActivated, skillActivationOrder, skillNotActivated } from './skill-checks.js';
import { contains, containsAny, contentExcludes, fieldPresence, regex } from './text-checks.js';
import {
  invariantFieldsPreserved,
  toolArgs,
  toolArgsExcluded,
  toolArgsSession,
  toolCallChain,
  toolCallsWithArgs,
  toolResultIncludes,
  toolResultMatches,
} from './tool-argument-checks.js';
import {
  noToolErrors,
  toolAntiPattern,
  toolCallCount,
  toolCallSequence,
  toolEfficiency,
  toolNoRepeat,
  toolsCalled,
  toolsNotCalled,
} from './tool-called-checks.js';
import { toolExec } from './tool-exec-check.js';
import { cosineSimilarity } from './vector-checks.js';
import {
  spokeInState,
  stateIs,
  transitionedTo,
  workflowComplete,
  workflowToolAccess,
  workflowTransitionOrder,
} from './workflow-checks.js';

const CHECKS: ReadonlyMap<string, CheckFactory> = new Map([
  ['contains', contains],
  ['contains_any', containsAny],
  ['content_excludes', contentExcludes],
  ['regex', regex],
  ['min_length', minLength],
  ['max_length', maxLength],
  ['sentence_count', sentenceCount],
  ['field_presence', fieldPresence],
  ['json_valid', jsonValid],
  ['json_schema', jsonSchema],
  ['json_path', jsonPath],
  ['tools_called', toolsCalled],
  ['tools_called_session', toolsCalled],
  ['tools_not_called', toolsNotCalled],
  ['tools_not_called_session', toolsNotCalled],
  ['tool_args', toolArgs],
  ['tool_args_session', toolArgsSession],
  ['tool_args_excluded_session', toolArgsExcluded],
  ['tool_calls_with_args', toolCallsWithArgs],
  ['tool_call_count', toolCallCount],
  ['tool_call_sequence', toolCallSequence],
  ['tool_call_chain', toolCallChain],
  ['tool_anti_pattern', toolAntiPattern],
  ['tool_no_repeat', toolNoRepeat],
  ['tool_efficiency', toolEfficiency],
  ['no_tool_errors', noToolErrors],
  ['tool_result_includes', toolResultIncludes],
  ['tool_result_matches', toolResultMatches],
  ['tool_result_has_media', toolResultHasMedia],
  ['tool_result_media_type', toolResultMediaType],
  ['invariant_fields_preserved', invariantFieldsPreserved],
  ['guardrail_triggered', guardrailTriggered],
  ['pii_leakage', piiLeakage],
  ['llm_judge', llmJudge],
  ['llm_judge_session', llmJudgeSession],
  ['llm_judge_tool_calls', llmJudgeToolCalls],
  ['faithfulness', faithfulness],
  ['hallucination', hallucination],
  ['contextual_precision', contextualPrecision],
  ['contextual_recall', contextualRecall],
  ['contextual_relevancy', contextualRelevancy],
  ['answer_relevancy', answerRelevancy],
  ['bias', bias],
  ['toxicity', toxicity],
  ['role_violation', roleViolation],
  ['rest_eval', restEval],
  ['rest_eval_session', restEvalSession],
  ['a2a_eval', a2aEval],
  ['a2a_eval_session', a2aEvalSession],
  ['tool_exec', toolExec],
  ['state_is', stateIs],
  ['transitioned_to', transitionedTo],
  ['spoke_in_state', spokeInState],
  ['workflow_transition_order', workflowTransitionOrder],
  ['workflow_tool_access', workflowToolAccess],
  ['workflow_complete', workflowComplete],
  ['skill_activated', skillActivated],
  ['skill_not_activated', skillNotActivated],
  ['skill_activation_order', skillActivationOrder],
  ['agent_invoked', agentInvoked],
  ['agent_not_invoked', agentNotInvoked],
  ['agent_response_contains', agentResponseContains],
  ['composition_step_output', compositionStepOutput],
  ['composition_output', compositionOutput],
  ['composition_branch_taken', compositionBranchTaken],
  ['composition_parallel_complete', compositionParallelComplete],
  ['outcome_equivalent', outcomeEquivalent],
  ['directional', directional],
  ['cost_budget', costBudget],
  ['latency_budget', latencyBudget],
  ['turn_count', turnCount],
  ['image_format', imageFormat],
  ['audio_format', audioFormat],
  ['image_dimensions', imageDimensions],
  ['audio_duration', audioDuration],
  ['video_duration', videoDuration],
  ['video_resolution', videoResolution],
  ['cosine_similarity', cosineSimilarity],
  ['audio_emotion', classified],
  ['image_moderation', classified],
  ['text_toxicity', classified],
  ['text_sentiment', classified],
]);

/** Other names of the same checks. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['content_includes', 'contains'],
  ['content_includes_any', 'contains_any'],
  ['content_matches', 'regex'],
  ['content_not_includes', 'content_excludes'],
  ['banned_words', 'content_excludes'],
  ['is_valid_json', 'json_valid'],
  ['valid_json', 'json_valid'],
  ['tool_called', 'tools_called'],
  ['tools_not_called_with_args', 'tool_args_excluded_session'],
  ['length', 'max_length'],
  ['max_sentences', 'sentence_count'],
  ['required_fields', 'field_presence'],
  ['llm_judge_conversation', 'llm_judge_session'],
]);

/** Wrappers name the real check in `eval_type` and its parameters in `eval_params`. */
const WRAPPERS: ReadonlySet<string> = new Set(['assertion', 'guardrail']);

/** Every name that may stand in `type`, wrappers included. */
export const supportedAssertionTypes: readonly string[] = [...CHECKS.keys(), ...ALIASES.keys(), ...WRAPPERS];

export function isWrapper(type: string): boolean {
  return WRAPPERS.has(type);
}

/** The name under which a check is registered. */
export function canonicalType(type: string): string {
  return ALIASES.get(type) ?? type;
}

export function findCheck(type: string): CheckFactory | undefined {
  return CHECKS.get(canonicalType(type));
}
