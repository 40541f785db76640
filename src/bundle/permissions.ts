/** What a bundle would do on the machine that runs it, and may only do where somebody allows it. */
import type { ToolSpec } from '../schema/tool.js';
import type { Bundle, Loaded } from './bundle.js';
import type { Fault } from './fault.js';

export interface Permissions {
  /** Programs of exec tools may be started. */
  exec: boolean;
  /** Programs of MCP servers may be started. */
  stdioMcp: boolean;
}

/** A fault for each program that the tools or the servers of a bundle would start and may not. */
export function permissionFaults(bundle: Bundle, tools: Iterable<Loaded<ToolSpec>>, allowed: Permissions): Fault[] {
  const faults: Fault[] = [];
  for (const tool of tools) {
    if (tool.spec.mode !== 'exec' || allowed.exec) continue;
    faults.push({
      severity: 'error',
      ...tool.placeOf(['spec', 'exec', 'command']),
      message: `the program of the tool ${tool.id} may not be started here`,
      hint: 'allow it with --allow-exec, or with ARENA_ALLOW_EXEC=1 at the workers',
    });
  }
  const servers = allowed.stdioMcp ? [] : (bundle.arena.spec.mcp_servers ?? []);
  for (const [index, { name, command }] of servers.entries()) {
    if (command === undefined) continue;
    faults.push({
      severity: 'error',
      ...serverPlace(bundle, name, index),
      message: `the program of the MCP server ${name} may not be started here`,
      hint: 'allow it with ARENA_ALLOW_STDIO_MCP=1 at the workers, or name a url',
    });
  }
  return faults;
}

/** Servers are a list or a map; what is not there has the place of what is around it. */
function serverPlace({ arena }: Bundle, name: string, index: number): ReturnType<Loaded<unknown>['placeOf']> {
  const path = ['spec', 'mcp_servers'];
  const listed = arena.placeOf([...path, index]);
  const around = arena.placeOf(path);
  const isMap = listed.line === around.line && listed.column === around.column;
  return isMap ? arena.placeOf([...path, name]) : listed;
}
