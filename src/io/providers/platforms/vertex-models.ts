/** Names of models on Vertex AI. Source: Google Cloud, "Request predictions with Claude models". */
import { datedClaude } from './claude-names.js';

/** The one whose name on Vertex AI does not follow from its own. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['claude-3-5-sonnet-20241022', 'claude-3-5-sonnet-v2@20241022'],
]);

/** `claude-3-opus-20240229` is `claude-3-opus@20240229` there; what has an `@` or no date stays. */
export function vertexClaude(written: string): string {
  const name = datedClaude(written);
  return EXCEPTIONS.get(name) ?? name.replace(/-(\d{8})$/, '@$1');
}
