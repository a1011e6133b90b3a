import type { CrashPoint } from "../../src/crash.ts";

export type Path = "tmux" | "api";

/** How the agent answers in a run: by its own tool, in five messages by it, or not at all. */
export type Answer = "tool" | "five parts" | "relay";

/** One row of the matrix: a place to crash at, on one path. */
export interface Row {
  point: CrashPoint;
  path: Path;
  /** Which time the point is reached that the process ends. */
  time: number;
  answers: readonly Answer[];
  /** The prompt has files, so many; none when undefined. */
  files?: number;
  /** The prompt is spoken and sent by its button, and its answer is read aloud. */
  isSpoken?: boolean;
  /** Telegram takes this long to answer, so that the request is out and its answer is not back. */
  slowMs?: number;
}

const both: Path[] = ["tmux", "api"];
const said: Answer[] = ["tool", "relay"];

// In the order a message passes them.
const places: (Omit<Row, "path" | "time"> & { paths?: Path[]; time?: number })[] = [
  { point: "migration", answers: said },
  { point: "update stored", answers: said },
  { point: "update answered", answers: said },
  { point: "update handled", answers: said },
  { point: "prompt made", answers: said },
  { point: "before paste", answers: said, paths: ["tmux"] },
  { point: "after paste", answers: said, paths: ["tmux"] },
  { point: "after Enter", answers: said, paths: ["tmux"] },
  { point: "after post", answers: said, paths: ["api"] },
  { point: "before delivered", answers: said },
  { point: "turn running", answers: said },
  { point: "turn ended", answers: said },
  { point: "reply stored", answers: said },
  { point: "request sent", answers: said, slowMs: 300 },
  { point: "request answered", answers: said },
  { point: "part sent", answers: ["five parts"], time: 2 },
];

/** The rows of the matrix: every crash point on every path that passes it. */
export const matrix: readonly Row[] = places.flatMap(({ paths = both, time = 1, ...place }) =>
  paths.map((path) => ({ ...place, path, time })),
);

/** The rows of prompts with files, which all take the api path. */
export const fileMatrix: readonly Row[] = (
  [
    { point: "prompt made", time: 1, files: 1 },
    { point: "file loaded", time: 1, files: 1 },
    { point: "file recorded", time: 1, files: 1 },
    // Between two messages of an album.
    { point: "prompt made", time: 1, files: 2 },
    // Between two files of a prompt, and after the last.
    { point: "file loaded", time: 2, files: 2 },
    { point: "file recorded", time: 1, files: 2 },
    { point: "file recorded", time: 2, files: 2 },
    { point: "after post", time: 1, files: 2 },
    { point: "before delivered", time: 1, files: 2 },
  ] as const
).map((row) => ({ ...row, path: "api", answers: ["relay"] }));

/** The rows of voice messages whose answers are read aloud. */
export const voiceMatrix: readonly Row[] = (
  [
    "update handled",
    "voice loaded",
    "voice heard",
    "prompt made",
    "reply stored",
    "answer spoken",
  ] as const
).map((point) => ({ point, time: 1, path: "api", answers: ["relay"], isSpoken: true }));

/** What a row is called. */
export function nameOf({ point, path, files, isSpoken, time }: Row): string {
  if (isSpoken) return `${point}, spoken`;
  return files === undefined ? `${point}, ${path} path` : `${point} ${time}, files: ${files}`;
}
