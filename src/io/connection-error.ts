/** What a failed connection says of itself. */

const CERTIFICATE_CODES = /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/;

export interface ConnectionError {
  /** Code and text, for people. */
  detail: string;
  /** What to do, where the reason is known. */
  hint?: string;
}

export function describeConnectionError(error: unknown): ConnectionError {
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const detail = code === '' || text.includes(code) ? text : `${code}: ${text}`;
  if (text.includes('wrong version number')) {
    const hint =
      'check the port, or write the address with http:// or ws:// where the service is meant to be unencrypted';
    return { detail: 'there is a server, but it does not speak TLS', hint };
  }
  if (!CERTIFICATE_CODES.test(code)) return { detail };
  return { detail, hint: 'the certificate is not trusted here: name its authority in NODE_EXTRA_CA_CERTS' };
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
