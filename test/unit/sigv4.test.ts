import { describe, expect, test } from '@jest/globals';
import { AmbientCredentials } from '../../src/io/providers/auth/ambient-credentials.js';
import type { Caller } from '../../src/io/providers/auth/authenticator.js';
import type { AwsCredentials } from '../../src/io/providers/auth/aws-credentials.js';
import { AwsSigner } from '../../src/io/providers/auth/aws-signer.js';
import { expectedSignature, signatureOf } from '../helpers/sigv4-check.js';

/** Of AWS's test suite for signature version 4 (`aws-sig-v4-test-suite`), with its key, date, region and service. */
const SUITE = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const NOW = new Date('2015-08-30T12:36:00Z');

function signer(credentials: AwsCredentials = SUITE, own: Record<string, string> = {}): AwsSigner {
  const fetch = async () => ({ value: credentials, mark: credentials.accessKeyId, expiresAt: undefined });
  return new AwsSigner({
    credentials: new AmbientCredentials('AWS', fetch),
    service: 'service',
    region: 'us-east-1',
    hint: 'a hint',
    own,
    now: () => NOW,
  });
}

function headersOf({ headers }: Caller): { [name: string]: string } {
  const named: { [name: string]: string } = {};
  for (let place = 0; place < headers.length; place += 2) named[headers[place] ?? ''] = headers[place + 1] ?? '';
  return named;
}

const FORM_TYPE = 'application/x-www-form-urlencoded';

describe('a request is signed as in the published vector', () => {
  test.each([
    ['get-vanilla', 'GET', '/', '', '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '/', '', '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'post-vanilla-query',
      'POST',
      '/?Param1=value1',
      '',
      '',
      '28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11',
    ],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '/',
      FORM_TYPE,
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('%s', async (_name, method, path, type, body, signature) => {
    const headers = type === '' ? [] : ['Content-Type', type];
    const caller = await signer().caller({
      method,
      url: new URL(path, 'https://example.amazonaws.com'),
      headers,
      body,
    });
    const names = type === '' ? 'host;x-amz-date' : 'content-type;host;x-amz-date';
    expect(headersOf(caller)).toEqual({
      'x-amz-date': '20150830T123600Z',
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${names}, Signature=${signature}`,
    });
  });

  test('get-vanilla-with-session-token', async () => {
    const sessionToken = '6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267';
    const url = new URL('https://example.amazonaws.com/');
    const caller = await signer({ ...SUITE, sessionToken }).caller({ method: 'GET', url, headers: [], body: '' });
    expect(headersOf(caller)).toMatchObject({
      'x-amz-security-token': sessionToken,
      authorization: expect.stringMatching(
        /SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8$/,
      ),
    });
  });
});

describe('what a receiver computes', () => {
  test.each([
    ['/model/anthropic.claude-3-5-sonnet-20241022-v2%3A0/invoke'],
    ['/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.x/converse-stream'],
    ['/a/b?c=d&a=1'],
  ])('is what %s carries', async (path) => {
    const body = JSON.stringify({ text: 'Grüße “🌞”' });
    const url = new URL(path, 'http://127.0.0.1:8080');
    const given = ['content-type', 'application/json', 'X-Amzn-Bedrock-GuardrailIdentifier', 'g', 'x-mine', 'm'];
    const caller = await signer().caller({ method: 'POST', url, headers: given, body });
    const headers = {
      host: '127.0.0.1:8080',
      'content-type': 'application/json',
      'x-amzn-bedrock-guardrailidentifier': 'g',
      'x-mine': 'm',
      ...headersOf(caller),
    };
    const request = { method: 'POST', path, headers, body };
    expect(signatureOf(request).signature).toBe(expectedSignature(request, SUITE.secretAccessKey));
    expect(signatureOf(request).signed).toEqual([
      'content-type',
      'host',
      'x-amz-date',
      'x-amzn-bedrock-guardrailidentifier',
    ]);
  });
});

test('keys and tokens are taken out of texts and answers', async () => {
  const sessionToken = 'session-token-0123456789';
  const url = new URL('https://example.amazonaws.com/');
  const caller = await signer({ ...SUITE, sessionToken }).caller({ method: 'POST', url, headers: [], body: '' });
  const text = `${SUITE.accessKeyId} ${SUITE.secretAccessKey} ${sessionToken}`;
  expect(caller.scrub(text)).toBe('*** *** ***');
  expect(caller.scrubAnswer({ text: SUITE.secretAccessKey })).toEqual({ text: '***' });
});
