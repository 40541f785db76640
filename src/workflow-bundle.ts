import { fileURLToPath } from 'node:url';

/** All workflows, bundled when the product is built. */
export const WORKFLOW_BUNDLE = { codePath: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)) };
