/** Tools of a bundle that cannot be made of what their documents say, found before anything is called. */
import type { Bundle } from '../../bundle/bundle.js';
import type { Fault } from '../../bundle/fault.js';
import { ArenaError } from '../../core/errors.js';
import type { ToolSpec } from '../../schema/tool.js';
import { createTool } from './create-tool.js';
import { parseGoTemplate } from './go-template.js';
import { TemplateFault } from './go-template-syntax.js';
import type { ToolSettings } from './tool-settings.js';

export function toolFaults(bundle: Bundle, settings?: ToolSettings): Fault[] {
  return [...bundle.tools.values()].flatMap(({ id: name, spec, placeOf }): Fault[] => {
    try {
      createTool({ name, spec }, settings);
      return templateFaults(spec).map((message) => ({
        severity: 'error',
        ...placeOf(['spec', 'mock_template']),
        message,
        hint: 'templates are written as in Go: {{.name}} is an argument',
      }));
    } catch (error) {
      if (!(error instanceof ArenaError)) throw error;
      return [{ severity: 'error', ...placeOf(['spec']), message: error.message, hint: error.failure.hint }];
    }
  });
}

function templateFaults({ mode, mock_template: source }: ToolSpec): string[] {
  if (source === undefined || mode === 'live' || mode === 'exec' || mode === 'mcp') return [];
  try {
    parseGoTemplate(source);
    return [];
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return [`the mock_template cannot be used: ${error.message}`];
  }
}
