/** The places on a message's way at which a test may end the process, in the order it passes them. */
export const crashPoints = [
  "migration",
  "updates pulled",
  "update posted",
  "update stored",
  "update answered",
  "update handled",
  "prompt made",
  "file loaded",
  "file recorded",
  "voice loaded",
  "voice heard",
  "before paste",
  "after paste",
  "after Enter",
  "after post",
  "before delivered",
  "turn running",
  "before abort",
  "turn aborted",
  "turn ended",
  "reply stored",
  "request sent",
  "request answered",
  "part sent",
  "answer spoken",
] as const;

/** The name of a crash point. */
export type CrashPoint = (typeof crashPoints)[number];

let armed: { point: string; left: number } | undefined;

/**
 * Arms one crash point: `point` or `point:n` for the n-th time it is reached. Only the start of the
 * process calls this, and only when the Bot API is a local one.
 */
export function armCrash(value: string): void {
  const [point = "", count = "1"] = value.split(":");
  armed = { point, left: Number(count) };
}

/** Whether a crash point is armed, for the places that must give the outside time to act first. */
export function isArmed(point: CrashPoint): boolean {
  return armed?.point === point;
}

/** Ends the process with SIGKILL, as a power cut would, when this point is armed; else nothing. */
export function crashPoint(point: CrashPoint): void {
  if (armed?.point !== point) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  process.kill(process.pid, "SIGKILL");
  // The signal may be delivered a moment later; nothing more may happen.
  for (;;);
}
