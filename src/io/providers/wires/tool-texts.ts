import type { ToolDescriptor } from '../../../core/provider.js';

/**
 * Writes tools in a service's form, as JSON text. They are the same objects in each request of a prompt and their schemas
 * are long, so each is written once.
 */
export function toolTexts(formOf: (tool: ToolDescriptor) => object): (tool: ToolDescriptor) => string {
  const written = new WeakMap<ToolDescriptor, string>();
  return (tool) => {
    let text = written.get(tool);
    if (text === undefined) {
      text = JSON.stringify(formOf(tool));
      written.set(tool, text);
    }
    return text;
  };
}
