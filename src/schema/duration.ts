import { z } from 'zod';
import { DURATION_PATTERN } from '../core/duration.js';

const NOT_A_DURATION = 'is not a duration such as 30s, 5m or 1h30m';

/** The one spelling of time in every document. */
export const duration = z
  .string(NOT_A_DURATION)
  .regex(DURATION_PATTERN, NOT_A_DURATION)
  .describe('A duration such as 30s, 5m or 1h30m.');
