/** A condition for calls that have not ended. SQLite uses the indexes on them only where its very words are repeated. */
export const open = "(state = 'pending' OR state = 'sending' OR state = 'uncertain')";
/** The lanes of these calls, whose heads may go out next. */
export const openLanes = { table: "outbox", order: "id", open } as const;
