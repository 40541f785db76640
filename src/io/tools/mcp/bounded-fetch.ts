import type { FetchLike } from '@modelcontextprotocol/client';
import { MAX_MESSAGE_BYTES } from './limits.js';

/** `fetch` whose answers break off when they are longer than any message may be. */
export const boundedFetch: FetchLike = async (url, init) => {
  const response = await fetch(url, init);
  if (response.body === null) return response;
  let bytes = 0;
  const counted = response.body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > MAX_MESSAGE_BYTES)
          controller.error(new Error(`the answer is longer than ${MAX_MESSAGE_BYTES} bytes`));
        else controller.enqueue(chunk);
      },
    }),
  );
  const { status, statusText, headers } = response;
  const bounded = new Response(counted, { status, statusText, headers });
  // The transports look at these, and a made response does not have them.
  Object.defineProperties(bounded, {
    url: { value: response.url },
    redirected: { value: response.redirected },
    type: { value: response.type },
  });
  return bounded;
};
