/** The wire formats that the fault server speaks, and how a provider file names them. */
import { messages } from './fault-server-anthropic.js';
import { converse, invoke } from './fault-server-bedrock.js';
import { gemini, ollama } from './fault-server-gemini-ollama.js';
import { chat, responses } from './fault-server-openai.js';
import type { FaultWire } from './fault-server-wire.js';

const bedrock = (endpoint: string) => ({ platform: { type: 'bedrock', region: 'us-west-2', endpoint } });

export const WIRES: readonly FaultWire[] = [
  {
    name: 'openai chat',
    variable: 'OPENAI_API_KEY',
    spec: (origin) => ({ type: 'openai', model: 'm', base_url: `${origin}/v1` }),
    ...chat,
  },
  {
    name: 'openai responses',
    variable: 'OPENAI_API_KEY',
    spec: (origin) => ({
      type: 'openai',
      model: 'm',
      base_url: `${origin}/v1`,
      additional_config: { api_mode: 'responses' },
    }),
    ...responses,
  },
  {
    name: 'azure chat',
    variable: 'AZURE_OPENAI_API_KEY',
    spec: (endpoint) => ({ type: 'openai', model: 'm', platform: { type: 'azure', endpoint } }),
    ...chat,
  },
  {
    name: 'anthropic',
    variable: 'ANTHROPIC_API_KEY',
    spec: (origin) => ({ type: 'claude', model: 'm', base_url: origin }),
    ...messages,
  },
  {
    name: 'gemini',
    variable: 'GEMINI_API_KEY',
    spec: (origin) => ({ type: 'gemini', model: 'm', base_url: origin }),
    ...gemini,
  },
  {
    name: 'ollama',
    variable: 'OLLAMA_API_KEY',
    spec: (origin) => ({ type: 'ollama', model: 'm', base_url: origin }),
    ...ollama,
  },
  {
    name: 'bedrock invoke',
    variable: 'AWS_BEARER_TOKEN_BEDROCK',
    spec: (origin) => ({ type: 'claude', model: 'claude-3-haiku-20240307', ...bedrock(origin) }),
    ...invoke,
  },
  {
    name: 'bedrock converse',
    variable: 'AWS_BEARER_TOKEN_BEDROCK',
    spec: (origin) => ({ type: 'openai', model: 'gpt-oss-20b', ...bedrock(origin) }),
    ...converse,
  },
];
