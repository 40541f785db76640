import { ERROR_CODES, type ErrorCode, type Failure } from './errors.js';

/** A failure as Temporal carries it: `type` is our code, the first detail holds what the message alone does not. */
interface TravelledFailure {
  type?: string | null;
  message: string;
  details?: readonly unknown[] | null;
}

/** What an activity or a workflow of ours was failed with. */
export function failureOfTravelled({ type, message, details }: TravelledFailure): Failure {
  const detail: unknown = details?.[0];
  const told = typeof detail === 'object' && detail !== null ? detail : {};
  const failure: Failure = {
    code: isErrorCode(type) ? type : 'internal',
    message: 'message' in told && typeof told.message === 'string' ? told.message : message,
  };
  if ('hint' in told && typeof told.hint === 'string') failure.hint = told.hint;
  return failure;
}

function isErrorCode(type: string | undefined | null): type is ErrorCode {
  return typeof type === 'string' && Object.hasOwn(ERROR_CODES, type);
}
