/** Small media files, written byte by byte after their formats' own documents: no encoder is needed. */

const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** The part of a PNG that says how large it is; decoders would miss the pixels. */
export function png(width: number, height: number): Buffer {
  const size = Buffer.concat([uint32(width), uint32(height), Buffer.from([8, 2, 0, 0, 0])]);
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), uint32(13), ascii('IHDR'), size, uint32(0)]);
}

export function gif(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.write('GIF89a', 'latin1');
  bytes.writeUInt16LE(width, 6);
  bytes.writeUInt16LE(height, 8);
  return bytes;
}

/** Start, a comment of `filler` bytes, the frame header, end. */
export function jpeg(width: number, height: number, filler = 0): Buffer {
  const comment = Buffer.concat([Buffer.from('fffe', 'hex'), uint16(filler + 2), Buffer.alloc(filler)]);
  const frame = Buffer.concat([
    Buffer.from('ffc0000b08', 'hex'),
    uint16(height),
    uint16(width),
    Buffer.from('01011100', 'hex'),
  ]);
  return Buffer.concat([Buffer.from('ffd8', 'hex'), comment, frame, Buffer.from('ffd9', 'hex')]);
}

/** Silence in 8-bit mono. */
export function wav(seconds: number, samplesPerSecond = 8000): Buffer {
  const data = Buffer.alloc(Math.round(seconds * samplesPerSecond), 128);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(samplesPerSecond, 24);
  header.writeUInt32LE(samplesPerSecond, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.length, 40);
  return Buffer.concat([header, data]);
}

/** Frames of 1152 samples at 44.1 kHz and 128 kbit/s. */
export function mp3(frames: number): Buffer {
  const frame = Buffer.alloc(417);
  frame.writeUInt32BE(0xfffb9000);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

function box(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([uint32(8 + body.length), ascii(type), body]);
}

const UPRIGHT = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
const TURNED = [0, 0x10000, 0, -0x10000, 0, 0, 0, 0, 0x40000000];

/** A film of which only the headers are there. Times count in thousandths of a second. */
export function mp4(width: number, height: number, seconds: number, turned = false): Buffer {
  const length = uint32(Math.round(seconds * 1000));
  const matrix = Buffer.concat((turned ? TURNED : UPRIGHT).map((value) => uint32(value >>> 0)));
  const movie = box(
    'mvhd',
    Buffer.alloc(12),
    uint32(1000),
    length,
    uint32(0x10000),
    Buffer.alloc(12),
    matrix,
    Buffer.alloc(28),
  );
  const track = box(
    'tkhd',
    Buffer.from('00000003', 'hex'),
    Buffer.alloc(8),
    uint32(1),
    uint32(0),
    length,
    Buffer.alloc(16),
    matrix,
    uint32(width << 16),
    uint32(height << 16),
  );
  const sound = box(
    'tkhd',
    Buffer.from('00000003', 'hex'),
    Buffer.alloc(8),
    uint32(2),
    uint32(0),
    length,
    Buffer.alloc(16),
    matrix,
    uint32(0),
    uint32(0),
  );
  const brand = box('ftyp', ascii('isom'), uint32(512), ascii('isomiso2'));
  return Buffer.concat([
    brand,
    box('moov', movie, box('trak', sound), box('trak', track)),
    box('mdat', Buffer.alloc(16)),
  ]);
}

function element(id: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  // A size of eight bytes: a mark, then 56 bits.
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(body.length));
  size[0] = 1;
  return Buffer.concat([Buffer.from(id, 'hex'), size, body]);
}

/** Matroska as browsers record it: a duration in milliseconds and one video track. */
export function webm(width: number, height: number, seconds: number): Buffer {
  const duration = Buffer.alloc(8);
  duration.writeDoubleBE(seconds * 1000);
  const info = element('1549a966', element('2ad7b1', uint32(1_000_000)), element('4489', duration));
  const video = element('e0', element('b0', uint16(width)), element('ba', uint16(height)));
  const track = element(
    'ae',
    element('d7', Buffer.from([1])),
    element('73c5', Buffer.from([1])),
    element('83', Buffer.from([1])),
    element('86', ascii('V_VP8')),
    video,
  );
  const header = element('1a45dfa3', element('4282', ascii('webm')));
  return Buffer.concat([header, element('18538067', info, element('1654ae6b', track))]);
}
