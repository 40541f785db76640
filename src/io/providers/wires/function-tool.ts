import { toolTexts } from './tool-texts.js';

/** A tool as chat completions have it, and Ollama after them. */
export const functionTool = toolTexts(({ name, description, inputSchema }) => ({
  type: 'function',
  function: { name, description, parameters: inputSchema },
}));
