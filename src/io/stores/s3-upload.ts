import type { S3Connection } from './s3-client.js';
import type { StoreWriter } from './store.js';

/** Parts but the last must not be smaller. There may be 10,000 of them, which makes 50 GiB. */
const PART_BYTES = 5 * 1024 * 1024;

/** A value in pieces: one request when it is small, else an upload in parts, which nobody sees before its end. */
export class S3Upload implements StoreWriter {
  private pieces: Uint8Array[] = [];
  private pending = 0;
  private bytes = 0;
  private id: string | undefined;
  private readonly parts: { PartNumber: number; ETag: string | undefined }[] = [];

  constructor(
    private readonly connection: S3Connection,
    private readonly key: string,
    private readonly patienceMs: number,
  ) {}

  async write(chunk: string | Uint8Array): Promise<void> {
    const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    this.pieces.push(piece);
    this.pending += piece.byteLength;
    this.bytes += piece.byteLength;
    while (this.pending >= PART_BYTES) await this.sendPart(PART_BYTES);
  }

  /** Begins an upload in parts, which needs the right to write. */
  async begin(): Promise<string> {
    const { UploadId } = await this.connection.request({
      patienceMs: this.patienceMs,
      send: (client, sdk) => client.send(new sdk.CreateMultipartUploadCommand(this.place)),
    });
    if (UploadId === undefined) throw new Error('the server began an upload without a name');
    this.id = UploadId;
    return UploadId;
  }

  async end(): Promise<number> {
    const { connection, patienceMs, id: UploadId, parts } = this;
    if (UploadId === undefined) {
      const Body = this.take(this.pending);
      await connection.request({
        patienceMs,
        send: (client, sdk) => client.send(new sdk.PutObjectCommand({ ...this.place, Body })),
      });
      return this.bytes;
    }
    if (this.pending > 0) await this.sendPart(this.pending);
    await connection.request({
      patienceMs,
      send: async (client, sdk, again) => {
        const MultipartUpload = { Parts: parts };
        try {
          await client.send(new sdk.CompleteMultipartUploadCommand({ ...this.place, UploadId, MultipartUpload }));
        } catch (error) {
          // Only our own earlier try can have ended it: the value is whole.
          if (!again || !(error instanceof sdk.NoSuchUpload)) throw error;
        }
      },
    });
    return this.bytes;
  }

  async abort(): Promise<void> {
    const { id: UploadId, patienceMs } = this;
    this.pieces = [];
    this.pending = 0;
    if (UploadId === undefined) return;
    await this.connection.request({
      patienceMs,
      send: async (client, sdk) => {
        try {
          await client.send(new sdk.AbortMultipartUploadCommand({ ...this.place, UploadId }));
        } catch (error) {
          if (!(error instanceof sdk.NoSuchUpload)) throw error;
        }
      },
    });
  }

  private get place(): { Bucket: string; Key: string } {
    return { Bucket: this.connection.place.bucket, Key: this.connection.keyOf(this.key) };
  }

  private async sendPart(size: number): Promise<void> {
    const { connection, patienceMs } = this;
    const UploadId = this.id ?? (await this.begin());
    const PartNumber = this.parts.length + 1;
    const Body = this.take(size);
    const { ETag } = await connection.request({
      patienceMs,
      send: (client, sdk) => client.send(new sdk.UploadPartCommand({ ...this.place, UploadId, PartNumber, Body })),
    });
    this.parts.push({ PartNumber, ETag });
  }

  /** Takes that many bytes off the front of what waits. */
  private take(size: number): Uint8Array {
    const all = this.pieces.length === 1 ? this.pieces[0] : Buffer.concat(this.pieces);
    const rest = all?.subarray(size) ?? new Uint8Array();
    this.pieces = rest.byteLength === 0 ? [] : [rest];
    this.pending = rest.byteLength;
    return all?.subarray(0, size) ?? new Uint8Array();
  }
}
