/** `additional_config` of a replay provider. */
import { z } from 'zod';
import { ArenaError } from '../../core/errors.js';
import type { ProviderDocument } from './provider-settings.js';

const settings = z.looseObject({
  recording: z.string().min(1),
  timing: z.enum(['instant', 'realtime', 'accelerated']).default('instant'),
  speed: z.number().positive().default(1),
  match: z.enum(['turn', 'content']).default('turn'),
});

const KNOWN = Object.keys(settings.shape).join(', ');

export interface ReplaySettings {
  /** `instant`: answers come at once; else as late as they were recorded, divided by `speed`. */
  timing: 'instant' | 'realtime' | 'accelerated';
  speed: number;
  /** By the number of the answer, or by the text of the user's message. */
  match: 'turn' | 'content';
}

/** Throws an `ArenaError` that names the first value that cannot be used. */
export function replaySettings({ id, spec, at }: ProviderDocument): ReplaySettings {
  const read = settings.safeParse(spec.additional_config ?? {});
  const unknown = Object.keys(spec.additional_config ?? {}).find((name) => !Object.hasOwn(settings.shape, name));
  const issue = read.error?.issues[0];
  if (read.data !== undefined && unknown === undefined) return read.data;
  const path = ['spec', 'additional_config', ...(issue?.path.map(String) ?? [unknown ?? ''])];
  const why = issue === undefined ? `${unknown} is none of ${KNOWN}` : `${issue.path.join('.')}: ${issue.message}`;
  throw new ArenaError({
    code: 'invalid_input',
    message: `${at(path)} replay provider ${id}: ${why}`,
    hint: 'timing is instant, realtime or accelerated, speed a number above 0, match turn or content',
  });
}
