import { type ErrorCode, isPassing } from '../../core/errors.js';
import { describeConnectionError } from '../connection-error.js';
import { type S3Place, s3Address } from './s3-place.js';
import { StoreFailure } from './store-failure.js';

/** What the SDK says of a failed request, as far as it is told on: its texts may hold what was signed, and by which key. */
interface S3Error {
  name: string;
  status: number | undefined;
}

/** The last one is versitygw's word for an unknown key. */
const REFUSED_KEYS =
  /^(InvalidAccessKeyId|XAdminUserNotFound|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired)/;
const ABSENT = /^(NoSuchKey|NotFound)$/;
const NO_KEYS = /^(CredentialsProviderError|TokenProviderError)$/;
const CONFLICT = /^(ConditionalRequestConflict|OperationAborted)$/;
const BUSY = /^(SlowDown|TooManyRequests|Throttling|RequestLimitExceeded|BandwidthLimitExceeded)/;
const OTHER_REGION = /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)/;
const NETWORK =
  /^(E[A-Z]{4,}|ENOTFOUND|UND_ERR_.*|ERR_(TLS|SSL|SOCKET|STREAM|HTTP)_.*|CERT_.*|DEPTH_ZERO_.*|SELF_SIGNED_.*|UNABLE_TO_.*)$/;

/** True for the news that a value is not there, rather than its bucket or who asks. */
export function isAbsent(error: unknown): boolean {
  const { name, status } = s3ErrorOf(error);
  return status === 404 && ABSENT.test(name);
}

/** True where a condition of the request was not met. */
export function isUnmet(error: unknown): boolean {
  return s3ErrorOf(error).status === 412;
}

/** True for a range of a value that has no bytes there. */
export function isEmptyRange(error: unknown): boolean {
  return s3ErrorOf(error).status === 416;
}

export function isWorthAnotherTry(failure: StoreFailure): boolean {
  return isPassing(failure.failure);
}

/** The failure of a request, in our words. What is no failure of S3 or of the way to it is thrown on as it is. */
export function s3Failure(error: unknown, place: S3Place): StoreFailure {
  if (error instanceof StoreFailure) return error;
  const where = `${s3Address(place)}${place.endpoint === undefined ? '' : ` at ${originOf(place.endpoint)}`}`;
  const fail = (code: ErrorCode, message: string, hint?: string, status?: number) =>
    new StoreFailure({
      code,
      message,
      ...(hint === undefined ? {} : { hint }),
      ...(status === undefined ? {} : { status }),
    });

  const network = networkErrorOf(error);
  if (network !== undefined) {
    const { detail, hint } = describeConnectionError(network);
    const help = hint ?? `check the address (${place.setBy}) and the way to it`;
    return fail('connection_failed', `${where} cannot be reached: ${detail}`, help);
  }
  const { name, status } = s3ErrorOf(error);
  if (NO_KEYS.test(name)) {
    const hint = 'give AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a Secret with them, or an identity to the pods';
    return fail('unauthorized', `There are no keys for ${where}`, hint);
  }
  if (status === undefined) throw error;

  const told = `(${name}, HTTP ${status})`;
  if (name === 'NoSuchBucket') {
    return fail(
      'invalid_input',
      `There is no bucket ${place.bucket}: ${where} ${told}`,
      `create it, or correct ${place.setBy}`,
      status,
    );
  }
  if (name === 'RequestTimeTooSkewed') {
    return fail('unauthorized', `The clock of this machine is wrong for ${where} ${told}`, 'set the clock', status);
  }
  if (REFUSED_KEYS.test(name)) {
    return fail('unauthorized', `The keys for ${where} are refused ${told}`, 'correct the keys', status);
  }
  if (OTHER_REGION.test(name) || status === 301) {
    return fail(
      'invalid_input',
      `The bucket of ${where} lies in another region ${told}`,
      `name its region (${place.setBy})`,
      status,
    );
  }
  if (status === 401 || status === 403) {
    const hint = 'allow these keys to get, put, list and delete objects there';
    return fail('unauthorized', `Access to ${where} is denied ${told}`, hint, status);
  }
  if (status === 429 || BUSY.test(name))
    return fail('rate_limited', `${where} asks for fewer requests ${told}`, undefined, status);
  if (status === 501) {
    return fail(
      'unsupported',
      `${where} does not know a request of S3 ${told}`,
      'use a server with conditional writes and uploads in parts',
      status,
    );
  }
  if (status >= 500 || status === 408 || name === 'RequestTimeout' || CONFLICT.test(name)) {
    return fail('provider_unavailable', `${where} does not answer as it should ${told}`, undefined, status);
  }
  if (status < 300) {
    return fail(
      'malformed_answer',
      `The answer of ${where} is not one of an S3 server (HTTP ${status})`,
      `correct ${place.setBy}`,
      status,
    );
  }
  return fail('invalid_input', `${where} refuses a request ${told}`, `check ${place.setBy}`, status);
}

function s3ErrorOf(error: unknown): S3Error {
  if (typeof error !== 'object' || error === null) return { name: '', status: undefined };
  const { name, $metadata, $response } = error as {
    name?: unknown;
    $metadata?: { httpStatusCode?: unknown };
    $response?: { statusCode?: unknown };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  return {
    name: typeof name === 'string' && /^[A-Za-z0-9.]{1,64}$/.test(name) ? name : 'unknown',
    status: typeof status === 'number' ? status : undefined,
  };
}

/** The error of the connection, which may stand as the cause of another. */
function networkErrorOf(error: unknown, depth = 0): unknown {
  if (typeof error !== 'object' || error === null || depth > 4) return undefined;
  const { name, code, cause, errors } = error as { name?: unknown; code?: unknown; cause?: unknown; errors?: unknown };
  if (name === 'TimeoutError') return new Error('it does not answer in time');
  const first = Array.isArray(errors) ? networkErrorOf(errors[0], depth + 1) : undefined;
  if (first !== undefined) return first;
  if (typeof code === 'string' && NETWORK.test(code)) return error;
  return networkErrorOf(cause, depth + 1);
}

function originOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).origin : 'its endpoint';
}
