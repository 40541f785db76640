/** What each service answers in place of a completion, from the error pages of its reference. Every text repeats the key. */
import type { HeadOptions } from './fault-server-answers.js';
import { HEADER_SECRET } from './fault-server-calls.js';
import type { Json } from './fault-server-wire.js';
import { KEY } from './openai-calls.js';

export interface ServiceError extends HeadOptions {
  status: number;
  body: Json;
}

/** What may be wrong, in our words. */
export type Trouble =
  | 'busy'
  | 'overloaded'
  | 'broken'
  | 'wrong key'
  | 'forbidden'
  | 'too long'
  | 'filtered'
  | 'bad request'
  | 'no credit'
  | 'no model'
  | 'too large';

const ECHO = ` (you sent ${KEY} and ${HEADER_SECRET})`;

const openAiError = (status: number, type: string, code: string | null, message: string): ServiceError => ({
  status,
  body: { error: { message: `${message}${ECHO}`, type, param: null, code } },
});

const OPENAI: { [trouble in Trouble]: ServiceError } = {
  busy: openAiError(429, 'requests', 'rate_limit_exceeded', 'Rate limit reached for m on requests per min (RPM)'),
  overloaded: openAiError(503, 'server_error', null, 'The engine is currently overloaded, please try again later'),
  broken: openAiError(500, 'server_error', null, 'The server had an error while processing your request'),
  'wrong key': openAiError(401, 'invalid_request_error', 'invalid_api_key', 'Incorrect API key provided'),
  forbidden: openAiError(403, 'invalid_request_error', 'unsupported_country_region_territory', 'Country not supported'),
  'too long': openAiError(
    400,
    'invalid_request_error',
    'context_length_exceeded',
    "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
  ),
  filtered: openAiError(400, 'invalid_request_error', 'content_policy_violation', 'Rejected by our safety system'),
  'bad request': openAiError(400, 'invalid_request_error', 'invalid_value', "Invalid value: 'x' for 'messages'"),
  'no credit': openAiError(429, 'insufficient_quota', 'insufficient_quota', 'You exceeded your current quota'),
  'no model': openAiError(404, 'invalid_request_error', 'model_not_found', 'The model m does not exist'),
  'too large': openAiError(413, 'invalid_request_error', null, 'Request too large'),
};

const azureError = (status: number, code: string, message: string, inner?: string): ServiceError => ({
  status,
  body: {
    error: {
      code,
      message: `${message}${ECHO}`,
      ...(inner === undefined
        ? {}
        : { innererror: { code: inner, content_filter_result: { hate: { filtered: true } } } }),
    },
  },
});

const AZURE: { [trouble in Trouble]: ServiceError } = {
  ...OPENAI,
  busy: azureError(429, '429', 'Requests have exceeded call rate limit of your current pricing tier'),
  overloaded: azureError(503, 'InternalServerError', 'Backend returned unexpected response'),
  broken: azureError(500, 'InternalServerError', 'The server had an error'),
  'wrong key': azureError(401, '401', 'Access denied due to invalid subscription key or wrong API endpoint'),
  forbidden: azureError(403, '403', 'Public access is disabled'),
  filtered: azureError(400, 'content_filter', 'The response was filtered', 'ResponsibleAIPolicyViolation'),
  'no model': azureError(404, 'DeploymentNotFound', 'The API deployment for this resource does not exist'),
};

const anthropicError = (status: number, type: string, message: string): ServiceError => ({
  status,
  body: { type: 'error', error: { type, message: `${message}${ECHO}` }, request_id: 'req_1' },
});

const ANTHROPIC: { [trouble in Trouble]: ServiceError } = {
  busy: anthropicError(429, 'rate_limit_error', 'This request would exceed the rate limit'),
  overloaded: anthropicError(529, 'overloaded_error', 'Overloaded'),
  broken: anthropicError(500, 'api_error', 'Internal server error'),
  'wrong key': anthropicError(401, 'authentication_error', 'invalid x-api-key'),
  forbidden: anthropicError(403, 'permission_error', 'Your API key does not have permission'),
  'too long': anthropicError(400, 'invalid_request_error', 'prompt is too long: 205000 tokens > 200000 maximum'),
  filtered: anthropicError(400, 'invalid_request_error', 'Output blocked by content filtering policy'),
  'bad request': anthropicError(400, 'invalid_request_error', 'messages: at least one message is required'),
  'no credit': anthropicError(
    400,
    'invalid_request_error',
    'Your credit balance is too low to access the Anthropic API.',
  ),
  'no model': anthropicError(404, 'not_found_error', 'model: m'),
  'too large': anthropicError(413, 'request_too_large', 'Request exceeds the maximum size'),
};

const googleError = (code: number, status: string, message: string, details: Json[] = []): ServiceError => ({
  status: code,
  body: { error: { code, message: `${message}${ECHO}`, status, details } },
});

const errorInfo = (reason: string): Json => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
});

const quotaOf = (quotaId: string): Json => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaMetric: 'generativelanguage.googleapis.com/requests', quotaId }],
});

const GEMINI: { [trouble in Trouble]: ServiceError } = {
  busy: googleError(429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted (e.g. check quota).', [
    quotaOf('GenerateRequestsPerMinutePerProjectPerModel'),
  ]),
  overloaded: googleError(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'),
  broken: googleError(500, 'INTERNAL', 'An internal error has occurred.'),
  'wrong key': googleError(400, 'INVALID_ARGUMENT', 'API key not valid.', [errorInfo('API_KEY_INVALID')]),
  forbidden: googleError(403, 'PERMISSION_DENIED', 'Requests are blocked.', [errorInfo('API_KEY_SERVICE_BLOCKED')]),
  'too long': googleError(
    400,
    'INVALID_ARGUMENT',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
  ),
  // It blocks prompts in a 200; no error says so.
  filtered: { status: 200, body: { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, modelVersion: 'm' } },
  'bad request': googleError(400, 'INVALID_ARGUMENT', 'Request contains an invalid argument.'),
  'no credit': googleError(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
    quotaOf('GenerateRequestsPerDayPerProjectPerModel-FreeTier'),
    { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '5s' },
  ]),
  'no model': googleError(404, 'NOT_FOUND', 'models/m is not found for API version v1beta'),
  'too large': googleError(413, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit'),
};

const ollamaError = (status: number, message: string): ServiceError => ({
  status,
  body: { error: `${message}${ECHO}` },
});

const OLLAMA: { [trouble in Trouble]: ServiceError } = {
  busy: ollamaError(429, 'too many requests'),
  overloaded: ollamaError(503, 'server busy, please try again.  maximum pending requests exceeded'),
  broken: ollamaError(500, 'llama runner process has terminated: exit status 2'),
  'wrong key': ollamaError(401, 'unauthorized'),
  forbidden: ollamaError(403, 'this model requires a subscription'),
  'too long': ollamaError(400, 'the input length exceeds the context length'),
  // It has no filter of its own; one before it may speak OpenAI's words.
  filtered: OPENAI.filtered,
  'bad request': ollamaError(400, 'invalid message content type'),
  'no credit': ollamaError(402, 'payment required'),
  'no model': ollamaError(404, "model 'm' not found"),
  'too large': ollamaError(413, 'http: request body too large'),
};

const awsError = (status: number, name: string, message: string): ServiceError => ({
  status,
  headers: { 'x-amzn-ErrorType': `${name}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
  body: { message: `${message}${ECHO}` },
});

const BEDROCK: { [trouble in Trouble]: ServiceError } = {
  busy: awsError(429, 'ThrottlingException', 'Too many requests, please wait before trying again.'),
  overloaded: awsError(503, 'ServiceUnavailableException', 'Bedrock is unable to process your request.'),
  broken: awsError(500, 'InternalServerException', 'The system encountered an unexpected error.'),
  'wrong key': awsError(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
  forbidden: awsError(403, 'AccessDeniedException', "You don't have access to the model with the specified model ID."),
  'too long': awsError(400, 'ValidationException', 'Input is too long for requested model.'),
  filtered: awsError(400, 'ValidationException', 'The request was blocked by a content filter policy.'),
  'bad request': awsError(400, 'ValidationException', 'Malformed input request, please reformat your input.'),
  'no credit': awsError(400, 'ServiceQuotaExceededException', 'Your request exceeds the service quota.'),
  'no model': awsError(404, 'ResourceNotFoundException', 'Could not resolve the foundation model.'),
  'too large': awsError(413, 'ValidationException', 'Input exceeds the maximum size.'),
};

const ERRORS: ReadonlyMap<string, { [trouble in Trouble]: ServiceError }> = new Map([
  ['openai chat', OPENAI],
  ['openai responses', OPENAI],
  ['azure chat', AZURE],
  ['anthropic', ANTHROPIC],
  ['gemini', GEMINI],
  ['ollama', OLLAMA],
  ['bedrock invoke', BEDROCK],
  ['bedrock converse', BEDROCK],
]);

export function errorOf(wire: string, trouble: Trouble): ServiceError {
  const errors = ERRORS.get(wire);
  if (errors === undefined) throw new Error(`nobody knows the errors of ${wire}`);
  return errors[trouble];
}
