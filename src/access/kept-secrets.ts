import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The bearer token of the local routes: the configured one, else the one made at the first start.
 * It is stored in `DATA_DIR/reply-token`, readable only by this user, where the agent's side finds it.
 */
export function replyToken(dataDir: string, configured: string | undefined): string {
  return keptSecret(join(dataDir, "reply-token"), configured);
}

/**
 * The password of an opencode server on this machine: the configured one, else the one made at the
 * first start. It is stored in `DATA_DIR/opencode-password`, readable only by this user, since the
 * server outlives this process.
 */
export function opencodePassword(dataDir: string, configured: string | undefined): string {
  return keptSecret(join(dataDir, "opencode-password"), configured);
}

function keptSecret(path: string, configured: string | undefined): string {
  const kept = readIfThere(path);
  const secret = configured ?? (kept || randomBytes(32).toString("base64url"));
  if (secret !== kept) writeFileSync(path, `${secret}\n`, { mode: 0o600 });
  chmodSync(path, 0o600);
  return secret;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
