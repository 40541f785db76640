/** What a failed connection says of itself. */

const CERTIFICATE_CODES = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

export interface ConnectionError {
  /** Code and text, for people. */
  detail: string;
  /** What to do, where the certificate is the reason. */
  certificateHint?: string;
}

export function describeConnectionError(error: unknown): ConnectionError {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const detail = code === '' || text.includes(code) ? text : `${code}: ${text}`;
  if (!CERTIFICATE_CODES.test(code)) return { detail };
  return { detail, certificateHint: 'the certificate is not trusted here: name its authority in NODE_EXTRA_CA_CERTS' };
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
