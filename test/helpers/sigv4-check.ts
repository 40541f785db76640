/** Signature version 4 as its receiver checks it, by the steps of AWS's manual. Shares nothing with the signer. */
import { createHash, createHmac } from 'node:crypto';

export interface SignedRequest {
  method: string;
  /** Path and query as they came. */
  path: string;
  headers: { [name: string]: string | string[] | undefined };
  body: string;
}

export interface SignatureParts {
  accessKeyId: string;
  region: string;
  service: string;
  /** Names of the headers that are covered. */
  signed: string[];
  signature: string;
}

const FORM =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/;

/** The parts of the header; throws when it is none. */
export function signatureOf({ headers }: SignedRequest): SignatureParts {
  const match = FORM.exec(String(headers.authorization));
  if (match === null) throw new Error(`no signature: ${headers.authorization}`);
  const [, accessKeyId = '', , region = '', service = '', names = '', signature = ''] = match;
  return { accessKeyId, region, service, signed: names.split(';'), signature };
}

/** The signature that the request must carry. */
export function expectedSignature(request: SignedRequest, secret: string): string {
  const { region, service, signed } = signatureOf(request);
  const date = String(request.headers['x-amz-date']);
  const [path = '', query = ''] = request.path.split('?', 2);
  const canonical = [
    request.method,
    // Each part of a path is encoded once more than it is sent.
    path.split('/').map(encoded).join('/'),
    query.split('&').sort().join('&'),
    ...signed.map((name) => `${name}:${String(request.headers[name]).trim()}`),
    '',
    signed.join(';'),
    sha256(request.body),
  ].join('\n');
  const scope = [date.slice(0, 8), region, service, 'aws4_request'];
  const toSign = ['AWS4-HMAC-SHA256', date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
