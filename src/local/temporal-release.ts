/** The Temporal command, pinned, as its makers publish it: a gzipped tar archive per platform. */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

export const TEMPORAL_CLI_VERSION = '1.5.1';

/** SHA-256 of the archives of this version. Another platform, or another checksum, is not used. */
const CHECKSUMS: { [platform: string]: string } = {
  darwin_amd64: 'bbb73e2a31135abe50a1f1cdb35030c42961df618e8ce9c60ae89f201540c5d9',
  darwin_arm64: 'cca01b7ea35ad56e2a328d9ae596bf716bd22313ef63c7a761c88354457c2415',
  linux_amd64: 'ddc95e08b0b076efd4ea9733a3f488eb7d2be875f8834e616cd2a37358b4852d',
  linux_arm64: 'bd1b0db9f18b051026de8bf6cc1505f2510f14bbb7a8b9a4a91fff46c77454f5',
};

/** Without an answer for this long there is no internet, or none worth waiting for. */
const CONNECT_TIMEOUT_MS = 5000;
const STALL_TIMEOUT_MS = 10_000;
const MAX_ARCHIVE_BYTES = 300 * 1024 * 1024;
const MAX_BINARY_BYTES = 1024 * 1024 * 1024;

export type DownloadProgress = (receivedBytes: number, totalBytes: number | undefined) => void;

/** Contents of the `temporal` binary for this machine. Throws with the reason when it cannot be had. */
export async function downloadTemporal(onProgress: DownloadProgress): Promise<Uint8Array> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const platform = `${process.platform}_${arch}`;
  const checksum = CHECKSUMS[platform];
  if (checksum === undefined) throw new Error(`there is no known archive for ${platform}`);
  const name = `temporal_cli_${TEMPORAL_CLI_VERSION}_${platform}.tar.gz`;
  const url = `https://github.com/temporalio/cli/releases/download/v${TEMPORAL_CLI_VERSION}/${name}`;
  const archive = await fetchBytes(url, onProgress);
  const found = createHash('sha256').update(archive).digest('hex');
  if (found !== checksum) throw new Error(`${name} has the SHA-256 ${found}, expected ${checksum}`);
  const tar = await promisify(gunzip)(archive, { maxOutputLength: MAX_BINARY_BYTES });
  return tarEntry(tar, 'temporal');
}

async function fetchBytes(url: string, onProgress: DownloadProgress): Promise<Uint8Array> {
  const stop = new AbortController();
  const abort = (): void => stop.abort(new Error('no answer'));
  let timer = setTimeout(abort, CONNECT_TIMEOUT_MS);
  try {
    const response = await fetch(url, { signal: stop.signal });
    if (!response.ok || response.body === null) throw new Error(`HTTP ${response.status} from ${url}`);
    const total = Number(response.headers.get('content-length')) || undefined;
    const chunks: Uint8Array[] = [];
    let received = 0;
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(abort, STALL_TIMEOUT_MS);
      received += chunk.byteLength;
      if (received > MAX_ARCHIVE_BYTES) throw new Error(`${url} is larger than ${MAX_ARCHIVE_BYTES} bytes`);
      chunks.push(chunk);
      onProgress(received, total);
    }
    return Buffer.concat(chunks);
  } finally {
    clearTimeout(timer);
  }
}

/** Contents of one file of a tar archive (ustar: headers of 512 bytes, contents padded to 512). */
function tarEntry(tar: Buffer, wanted: string): Uint8Array {
  for (let at = 0; at + 512 <= tar.length; ) {
    const header = tar.subarray(at, at + 512);
    const name = header.subarray(0, 100).toString('latin1').replace(/\0.*$/s, '');
    if (name === '') break;
    const size = Number.parseInt(header.subarray(124, 136).toString('latin1'), 8);
    if (!Number.isSafeInteger(size)) break;
    if (name === wanted || name === `./${wanted}`) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`the archive holds no file ${wanted}`);
}
