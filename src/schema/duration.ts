import { z } from 'zod';
import { DURATION_PATTERN } from '../core/duration.js';

/** The one spelling of time in every document. */
export const duration = z
  .string()
  .regex(DURATION_PATTERN, 'is not a duration such as 30s, 5m or 1h30m')
  .describe('A duration such as 30s, 5m or 1h30m.');
