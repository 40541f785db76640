/** Ollama's own manners: one sentence says what is wrong. */

import type { Platform } from '../wire.js';
import { bearer } from './key-headers.js';

export const ollama: Platform = {
  keys: (headers) => [bearer(headers)],
  denied: () => ({ status: 401, message: 'unauthorized' }),
  errorBody: ({ message }) => ({ error: message }),
};
