import { gunzipSync } from 'node:zlib';

/** What the script of report.html unpacks. */
export function blocksOf<T>(html: string, kind: 'rows' | 'conversations'): T[] {
  const blocks = html.matchAll(
    new RegExp(`<script type="text/plain" data-block="${kind}">([A-Za-z0-9+/=]+)</script>`, 'g'),
  );
  return [...blocks].flatMap(([, packed = '']) => JSON.parse(gunzipSync(Buffer.from(packed, 'base64')).toString()));
}
