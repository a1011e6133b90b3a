import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The bearer token of the local routes: the configured one, else the one made at the first start.
 * It is stored in `DATA_DIR/reply-token`, readable only by this user, where the agent's side finds it.
 */
export function replyToken(dataDir: string, configured: string | undefined): string {
  const path = join(dataDir, "reply-token");
  const kept = readIfThere(path);
  const token = configured ?? (kept || randomBytes(32).toString("base64url"));
  if (token !== kept) writeFileSync(path, `${token}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return token;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
