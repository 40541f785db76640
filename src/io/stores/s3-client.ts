import type { S3Client } from '@aws-sdk/client-s3';
import { isWorthAnotherTry, s3Failure } from './s3-failures.js';
import { type S3Place, withoutSlashes } from './s3-place.js';

type Sdk = typeof import('@aws-sdk/client-s3');

/** Waits between tries: about 100 ms, 200 ms … up to 5 s. */
const FIRST_WAIT_MS = 100;
const MAX_WAIT_MS = 5_000;

/** AWS answers there for every bucket and says where it lies; other servers mostly do not care. */
const DEFAULT_REGION = 'us-east-1';

const CONNECT_TIMEOUT_MS = 5_000;
/** A part of some MiB on a slow line. */
const REQUEST_TIMEOUT_MS = 60_000;
const MAX_CONNECTIONS = 64;

export interface S3Request<T> {
  /** One try; it may be made several times. `again`: an earlier one may have had its effect although it failed. */
  send(client: S3Client, sdk: Sdk, again: boolean): Promise<T>;
  /** How long failures that pass are waited out, in milliseconds. */
  patienceMs: number;
}

/** The S3 client of a place. The SDK is loaded with the first request: most processes never make one. */
export class S3Connection {
  private loaded: Promise<{ client: S3Client; sdk: Sdk }> | undefined;

  constructor(readonly place: S3Place) {}

  /** Key of the bucket for a key of the store. */
  keyOf(key: string): string {
    const { prefix } = this.place;
    return prefix === '' ? key : `${prefix}/${key}`;
  }

  /** Rejects with a StoreFailure, or with what `send` throws where that is no failure of S3. */
  async request<T>({ send, patienceMs }: S3Request<T>): Promise<T> {
    const { client, sdk } = await this.load();
    const deadline = performance.now() + patienceMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return await send(client, sdk, tries > 1);
      } catch (error) {
        const failure = s3Failure(error, this.place);
        const waitMs = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (tries - 1)) * (0.5 + Math.random());
        if (!isWorthAnotherTry(failure) || performance.now() + waitMs > deadline) throw failure;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
  }

  private load(): Promise<{ client: S3Client; sdk: Sdk }> {
    this.loaded ??= create(this.place);
    return this.loaded;
  }
}

async function create({ region, endpoint, credentials }: S3Place): Promise<{ client: S3Client; sdk: Sdk }> {
  // Its note about coming versions of Node is for those who build with it, not for those who run this.
  // biome-ignore lint/style/noProcessEnv: the library reads it there and nowhere else.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const agent = { keepAlive: true, maxSockets: MAX_CONNECTIONS };
  const client = new sdk.S3Client({
    region: region ?? DEFAULT_REGION,
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined
      ? { followRegionRedirects: true }
      : {
          endpoint: withoutSlashes(endpoint),
          forcePathStyle: true,
          // Other servers do not know the checksums that the SDK adds of itself.
          requestChecksumCalculation: 'WHEN_REQUIRED' as const,
          responseChecksumValidation: 'WHEN_REQUIRED' as const,
        }),
    requestHandler: {
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      throwOnRequestTimeout: true,
      httpAgent: agent,
      httpsAgent: agent,
      // It would write to the console that all connections are busy.
      logger: { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    },
  });
  // Tries are ours: those of the SDK give up after some tenths of a second.
  const place = { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high', override: true } as const;
  client.middlewareStack.add((next) => next, place);
  return { client, sdk };
}
