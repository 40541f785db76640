/** Keywords that runs carry where a Temporal namespace knows them. */
export const ARENA_SEARCH_ATTRIBUTES = ['ArenaJob', 'ArenaType', 'ArenaPhase', 'ArenaBundle'] as const;
