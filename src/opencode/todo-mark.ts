const marks: Record<string, string> = { completed: "☑", in_progress: "▸", cancelled: "✗" };

/** The mark before an item of an agent's to-do list, by its status (those of opencode 1.18). */
export function todoMark(status: string): string {
  return marks[status] ?? "☐";
}
