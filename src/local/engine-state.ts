/** What lies in an engine's folder: its data, its log, and `engine.json`, which says how to reach it and who runs it. */
import { join } from 'node:path';
import { readJsonFile, writeJsonFile } from './json-file.js';
import type { ProcessIdentity } from './process-identity.js';

export interface EnginePorts {
  grpc: number;
  http: number;
  ui: number;
}

export interface EngineState {
  ports: EnginePorts;
  /** The process that keeps it up. */
  host: ProcessIdentity;
  /** The dev server itself. */
  server: ProcessIdentity;
  /** The `temporal` program that it runs. */
  binary: string;
}

export const NAMESPACE = 'default';

/** Who holds this lock of an engine's folder runs the engine; nobody else may start a server on its file. */
export const ENGINE_LOCK = 'engine';

export const databaseFile = (folder: string): string => join(folder, 'temporal.db');
export const engineLogFile = (folder: string): string => join(folder, 'engine.log');
const stateFile = (folder: string): string => join(folder, 'engine.json');

export const engineAddress = ({ ports }: Pick<EngineState, 'ports'>): string => `127.0.0.1:${ports.grpc}`;
export const engineUi = (state: EngineState): string => `http://127.0.0.1:${state.ports.ui}`;

export function writeEngineState(folder: string, state: EngineState): Promise<void> {
  return writeJsonFile(stateFile(folder), state);
}

/** The last state written, also of an engine that is gone: it tries to get the same ports again. */
export async function readEngineState(folder: string): Promise<EngineState | undefined> {
  const value = await readJsonFile(stateFile(folder));
  return isEngineState(value) ? value : undefined;
}

function isEngineState(value: unknown): value is EngineState {
  if (!isObject(value)) return false;
  const { ports, host, server, binary } = value;
  if (!isObject(ports) || !isIdentity(host) || !isIdentity(server)) return false;
  return typeof binary === 'string' && [ports.grpc, ports.http, ports.ui].every(Number.isSafeInteger);
}

function isIdentity(value: unknown): value is ProcessIdentity {
  return isObject(value) && Number.isSafeInteger(value.pid) && typeof value.started === 'string';
}

function isObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
