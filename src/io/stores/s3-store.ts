import { randomUUID } from 'node:crypto';
import { forEachAtMost } from '../in-order.js';
import { S3Connection } from './s3-client.js';
import { isAbsent, isEmptyRange, isUnmet } from './s3-failures.js';
import { type S3Place, s3Address } from './s3-place.js';
import { S3Segments } from './s3-segments.js';
import { S3Upload } from './s3-upload.js';
import type { SegmentWriter, Store, StoredObject, StoreWriter } from './store.js';
import { partsOfKey } from './store-key.js';

/** Bytes of a value that are read with one request. */
const RANGE_BYTES = 8 * 1024 * 1024;

const DELETIONS_AT_ONCE = 16;

export interface S3StoreOptions {
  /** How long failures that pass are waited out, in milliseconds. */
  patienceMs: number;
  /** The same for records of conversations, which wait in memory meanwhile and would be paid for again. */
  recordsPatienceMs: number;
}

/** A store in a bucket. It deletes and lists nothing outside its prefix. */
export class S3Store implements Store {
  private readonly connection: S3Connection;

  constructor(
    private readonly place: S3Place,
    private readonly options: S3StoreOptions,
  ) {
    this.connection = new S3Connection(place);
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const object = this.object(key);
    return this.request(async (client, sdk) => {
      try {
        const { Body } = await client.send(new sdk.GetObjectCommand(object));
        return await Body?.transformToByteArray();
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    });
  }

  async read(key: string): Promise<AsyncIterable<Uint8Array> | undefined> {
    const first = await this.range(key, 0, undefined);
    return first === undefined ? undefined : this.rest(key, first);
  }

  async put(key: string, value: Uint8Array): Promise<void> {
    const object = this.object(key);
    await this.request((client, sdk) => client.send(new sdk.PutObjectCommand({ ...object, Body: value })));
  }

  async putIfAbsent(key: string, value: Uint8Array): Promise<boolean> {
    const object = this.object(key);
    const Metadata = { writer: randomUUID() };
    return this.request(async (client, sdk, again) => {
      try {
        await client.send(new sdk.PutObjectCommand({ ...object, Body: value, IfNoneMatch: '*', Metadata }));
        return true;
      } catch (error) {
        if (!isUnmet(error)) throw error;
        if (!again) return false;
        // A try whose answer was lost may have written what stands there.
        const found = await client.send(new sdk.HeadObjectCommand(object));
        return found.Metadata?.writer === Metadata.writer;
      }
    });
  }

  async list(prefix: string): Promise<StoredObject[]> {
    const found: StoredObject[] = [];
    const cut = this.connection.keyOf('').length;
    await this.pages(prefix, undefined, ({ Contents = [] }) => {
      for (const { Key = '', Size = 0 } of Contents) {
        // Browsers of buckets leave such objects in the place of folders.
        if (!Key.endsWith('/')) found.push({ key: Key.slice(cut), bytes: Size });
      }
    });
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  async folders(prefix: string): Promise<string[]> {
    const found: string[] = [];
    const cut = this.connection.keyOf(`${prefix}/`).length;
    await this.pages(prefix, '/', ({ CommonPrefixes = [] }) => {
      for (const { Prefix = '' } of CommonPrefixes) found.push(Prefix.slice(cut, -1));
    });
    return found.sort();
  }

  async delete(key: string): Promise<void> {
    const object = this.object(key);
    await this.request(async (client, sdk) => {
      try {
        await client.send(new sdk.DeleteObjectCommand(object));
      } catch (error) {
        if (!isAbsent(error)) throw error;
      }
    });
  }

  async deleteBelow(prefix: string): Promise<void> {
    const objects = await this.list(prefix);
    await forEachAtMost(objects, DELETIONS_AT_ONCE, ({ key }) => this.delete(key));
  }

  async write(key: string): Promise<StoreWriter> {
    partsOfKey(key);
    return new S3Upload(this.connection, key, this.options.patienceMs);
  }

  /** Rejects where values cannot be put; leaves nothing. */
  async tryToWrite(): Promise<void> {
    const upload = new S3Upload(this.connection, 'arena-try', this.options.patienceMs);
    await upload.begin();
    await upload.abort();
  }

  openSegments(prefix: string): SegmentWriter {
    partsOfKey(prefix);
    return new S3Segments(prefix, async (key, value) => {
      const object = this.object(key);
      await this.connection.request({
        patienceMs: this.options.recordsPatienceMs,
        send: (client, sdk) => client.send(new sdk.PutObjectCommand({ ...object, Body: value })),
      });
    });
  }

  locate(key: string): string {
    return s3Address(this.place, partsOfKey(key).join('/'));
  }

  private object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.place.bucket, Key: this.connection.keyOf(partsOfKey(key).join('/')) };
  }

  private request<T>(send: Parameters<typeof this.connection.request<T>>[0]['send']): Promise<T> {
    return this.connection.request({ send, patienceMs: this.options.patienceMs });
  }

  private async pages(
    prefix: string,
    Delimiter: string | undefined,
    take: (page: import('@aws-sdk/client-s3').ListObjectsV2CommandOutput) => void,
  ): Promise<void> {
    const { Bucket, Key } = this.object(prefix);
    let ContinuationToken: string | undefined;
    do {
      const page = await this.request((client, sdk) =>
        client.send(new sdk.ListObjectsV2Command({ Bucket, Prefix: `${Key}/`, Delimiter, ContinuationToken })),
      );
      take(page);
      ContinuationToken = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (ContinuationToken !== undefined);
  }

  /** Bytes from `from` on, of the version that `etag` names. */
  private range(key: string, from: number, etag: string | undefined): Promise<Range | undefined> {
    const object = { ...this.object(key), Range: `bytes=${from}-${from + RANGE_BYTES - 1}` };
    return this.request(async (client, sdk) => {
      try {
        const { Body, ETag, ContentRange } = await client.send(
          new sdk.GetObjectCommand({ ...object, ...(etag === undefined ? {} : { IfMatch: etag }) }),
        );
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        // A server that knows no ranges has sent the whole value.
        const total = Number(ContentRange?.split('/').at(-1) ?? bytes.byteLength);
        return { bytes, etag: ETag, total };
      } catch (error) {
        if (isEmptyRange(error)) return { bytes: new Uint8Array(), etag, total: 0 };
        if (etag === undefined && isAbsent(error)) return undefined;
        if (isUnmet(error) || isAbsent(error)) throw new Error(`${this.locate(key)} was replaced while it was read`);
        throw error;
      }
    });
  }

  private async *rest(key: string, first: Range): AsyncGenerator<Uint8Array> {
    const { etag, total } = first;
    if (first.bytes.byteLength > 0) yield first.bytes;
    for (let from = first.bytes.byteLength; from < total; ) {
      const next = await this.range(key, from, etag);
      if (next === undefined || next.bytes.byteLength === 0) {
        throw new Error(`${this.locate(key)} ended before its ${total} bytes`);
      }
      yield next.bytes;
      from += next.bytes.byteLength;
    }
  }
}

interface Range {
  bytes: Uint8Array;
  etag: string | undefined;
  total: number;
}
