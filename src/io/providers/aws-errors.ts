/** Failures of Amazon Bedrock by the names of its exceptions, in status lines and inside of streams. */
import type { ErrorCode } from '../../core/errors.js';

/**
 * By name in lower case, as headers and the frames of streams give it.
 * Source: Amazon Bedrock API reference, "InvokeModelWithResponseStream" and "ConverseStream", errors; "Common errors".
 */
export const AWS_EXCEPTIONS: ReadonlyMap<string, ErrorCode> = new Map([
  ['throttlingexception', 'rate_limited'],
  ['toomanyrequestsexception', 'rate_limited'],
  ['servicequotaexceededexception', 'quota_exhausted'],
  ['modelnotreadyexception', 'provider_unavailable'],
  ['modeltimeoutexception', 'provider_unavailable'],
  ['modelerrorexception', 'provider_unavailable'],
  ['internalserverexception', 'provider_unavailable'],
  ['internalfailure', 'provider_unavailable'],
  ['serviceunavailableexception', 'provider_unavailable'],
  ['serviceunavailable', 'provider_unavailable'],
  ['modelstreamerrorexception', 'stream_cut'],
  ['accessdeniedexception', 'unauthorized'],
  ['expiredtokenexception', 'unauthorized'],
  ['expiredtoken', 'unauthorized'],
  ['unrecognizedclientexception', 'unauthorized'],
  ['invalidclienttokenid', 'unauthorized'],
  ['invalidsignatureexception', 'unauthorized'],
  ['signaturedoesnotmatch', 'unauthorized'],
  ['incompletesignature', 'unauthorized'],
  ['incompletesignatureexception', 'unauthorized'],
  ['missingauthenticationtokenexception', 'unauthorized'],
  ['missingauthenticationtoken', 'unauthorized'],
  ['requestexpired', 'unauthorized'],
  ['optinrequired', 'unauthorized'],
]);

/** Name of the exception of an answer, in lower case: `ThrottlingException:http://…` stands in a header. */
export function awsExceptionOf(headers: { [name: string]: string | string[] | undefined }): string | undefined {
  const type = headers['x-amzn-errortype'];
  return typeof type === 'string' ? type.split(':', 1)[0]?.trim().toLowerCase() : undefined;
}
