/** An S3 server with a bucket, and a client that looks at what lies there as anybody else would. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { freePorts } from '../../../src/local/ports.js';
import { part } from './part.js';
import { ServerProcess } from './server-process.js';

const HOST = '127.0.0.1';

// Its note about coming versions of Node, as the product has it left out.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

export class S3Server {
  readonly folder = mkdtempSync(join(tmpdir(), 'arena-s3-'));
  readonly region = 'us-east-1';
  readonly accessKeyId = `AK${randomBytes(8).toString('hex').toUpperCase()}`;
  readonly secretAccessKey = randomBytes(20).toString('hex');
  private server: ServerProcess | undefined;
  private readonly client: S3Client;

  private constructor(
    private readonly port: number,
    readonly bucket: string,
  ) {
    const { accessKeyId, secretAccessKey, region, endpoint } = this;
    this.client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
  }

  static async start(bucket = 'arena'): Promise<S3Server> {
    const [port = 0] = await freePorts(1);
    const server = new S3Server(port, bucket);
    try {
      mkdirSync(join(server.folder, 'data'));
      await server.startServer();
      await server.client.send(new CreateBucketCommand({ Bucket: bucket }));
      return server;
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  get endpoint(): string {
    return `http://${HOST}:${this.port}`;
  }

  /** What a process finds its credentials by. */
  get env(): { [name: string]: string } {
    const { accessKeyId, secretAccessKey, region } = this;
    return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION: region };
  }

  /** Also after `stopServer`: what was written is there. */
  async startServer(): Promise<void> {
    const { accessKeyId, secretAccessKey, port, region } = this;
    this.server = ServerProcess.start({
      program: part('versitygw'),
      args: ['--port', `${HOST}:${port}`, '--region', region, 'posix', join(this.folder, 'data')],
      env: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
      log: join(this.folder, 'log'),
    });
    // Whatever it answers, it answers.
    await this.server.ready(async () => (await fetch(this.endpoint)).status > 0 || undefined);
  }

  async stopServer(): Promise<void> {
    await this.server?.stop();
  }

  /** Keys below the prefix, in order. */
  async keys(prefix = ''): Promise<string[]> {
    const keys: string[] = [];
    for (let token: string | undefined; ; ) {
      const page = await this.client.send(
        new ListObjectsV2Command({ Bucket: this.bucket, Prefix: prefix, ContinuationToken: token }),
      );
      keys.push(...(page.Contents ?? []).flatMap(({ Key }) => Key ?? []));
      token = page.NextContinuationToken;
      if (token === undefined) return keys.sort();
    }
  }

  async bytes(key: string): Promise<Buffer> {
    const { Body } = await this.client.send(new GetObjectCommand({ Bucket: this.bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async text(key: string): Promise<string> {
    return (await this.bytes(key)).toString('utf8');
  }

  async put(key: string, body: string | Buffer): Promise<void> {
    await this.client.send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }));
  }

  async stop(): Promise<void> {
    this.client.destroy();
    await this.stopServer();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
