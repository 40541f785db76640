/** Settings of evaluations that a config says, and a job in its place. Who takes one tells its default. */
import { z } from 'zod';

const metricGroups = ['latency', 'tokens', 'cost', 'quality'] as const;

export const metrics = z.array(z.enum(metricGroups)).max(metricGroups.length).optional();

export const maxRetries = z.int().min(0).max(10).meta({ format: 'int32' }).optional();

export const concurrency = z.int().min(1).max(100).meta({ format: 'int32' }).optional();
