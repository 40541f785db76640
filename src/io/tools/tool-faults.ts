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
  return [...bundle.tools.values()].flatMap(({ id: name, spec, access, placeOf }): Fault[] => {
    try {
      createTool({ name, spec, access }, settings);
      return templatesOf(spec).flatMap(({ path, source }) => {
        const fault = templateFault(path.at(-1) ?? '', source);
        const hint = 'templates are written as in Go: {{.name}} is an argument';
        return fault === undefined ? [] : [{ severity: 'error', ...placeOf(['spec', ...path]), message: fault, hint }];
      });
    } catch (error) {
      if (!(error instanceof ArenaError)) throw error;
      return [{ severity: 'error', ...placeOf(['spec']), message: error.message, hint: error.failure.hint }];
    }
  });
}

function templatesOf({ mode, mock_template: mock, provider }: ToolSpec): { path: string[]; source: string }[] {
  if (mode === 'provider') {
    const source = provider?.message;
    return source === undefined ? [] : [{ path: ['provider', 'message'], source }];
  }
  if (mock === undefined || mode === 'live' || mode === 'exec' || mode === 'mcp') return [];
  return [{ path: ['mock_template'], source: mock }];
}

function templateFault(name: string, source: string): string | undefined {
  try {
    parseGoTemplate(source);
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateFault)) throw error;
    return `the ${name} cannot be used: ${error.message}`;
  }
}
