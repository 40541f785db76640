/** The runtime of Amazon Bedrock. */

import type { Fault, Platform } from '../wire.js';
import { bearer } from './key-headers.js';
import { type StatusWords, statusOfWord } from './status-words.js';

const EXCEPTIONS: StatusWords = new Map([
  [400, 'ValidationException'],
  [401, 'UnrecognizedClientException'],
  [403, 'AccessDeniedException'],
  [404, 'ResourceNotFoundException'],
  [408, 'ModelTimeoutException'],
  [424, 'ModelErrorException'],
  [429, 'ThrottlingException'],
  [500, 'InternalServerException'],
  [503, 'ServiceUnavailableException'],
]);

/**
 * A key is a bearer token or the access key id of a signature. The signature itself is not computed: that would take
 * the secret key.
 */
export const aws: Platform = {
  keys: (headers) => [bearer(headers), /^AWS4-HMAC-SHA256 Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1]],
  denied: (given) => ({
    status: 403,
    message: given ? 'The security token included in the request is invalid.' : 'Missing Authentication Token',
    type: given ? 'UnrecognizedClientException' : 'MissingAuthenticationTokenException',
  }),
  errorBody: ({ message }) => ({ message }),
  statusOf: (type) => statusOfWord(EXCEPTIONS, type),
  errorHeaders: (fault) => ({
    'x-amzn-errortype': `${exceptionName(fault)}:http://internal.amazon.com/coral/com.amazon.bedrock/`,
  }),
  requestIdHeader: 'x-amzn-requestid',
};

/** Bodies of Anthropic, which say in place of a header which version they are of. */
export const awsAnthropic: Platform = {
  ...aws,
  missing: (_, __, { anthropic_version: version }) =>
    typeof version === 'string' ? undefined : { status: 400, message: 'anthropic_version: Field required' },
};

export function exceptionName({ status, type }: Fault): string {
  return type ?? EXCEPTIONS.get(status) ?? (status >= 500 ? 'InternalServerException' : 'ValidationException');
}
