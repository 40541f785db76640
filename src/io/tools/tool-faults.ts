/** Tools of a bundle that cannot be made of what their documents say, found before anything is called. */
import type { Bundle } from '../../bundle/bundle.js';
import type { Fault } from '../../bundle/fault.js';
import { ArenaError } from '../../core/errors.js';
import { createTool } from './create-tool.js';
import type { ToolSettings } from './tool-settings.js';

export function toolFaults(bundle: Bundle, settings?: ToolSettings): Fault[] {
  return [...bundle.tools.values()].flatMap(({ id: name, spec, placeOf }): Fault[] => {
    try {
      createTool({ name, spec }, settings);
      return [];
    } catch (error) {
      if (!(error instanceof ArenaError)) throw error;
      return [{ severity: 'error', ...placeOf(['spec']), message: error.message, hint: error.failure.hint }];
    }
  });
}
