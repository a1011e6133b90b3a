import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What decides which secrets are missing. */
export interface SecretsOptions {
  /** What `.env` holds. */
  before: Readonly<Record<string, string>>;
  /** `DATA_DIR`, where Switchboard keeps the secrets that it made itself. */
  dataDir: string;
  /** Whether opencode runs on this machine: a remote one has a password of its own. */
  isLocal: boolean;
}

/**
 * A new value for each secret that there is none of yet. What an earlier start has made or derived stays
 * valid: a running opencode and your own programs know it.
 */
export function missingSecrets({
  before,
  dataDir,
  isLocal,
}: SecretsOptions): Record<string, string> {
  const isNew = !before["TELEGRAM_BOT_TOKEN"];
  const isKept = (file: string) => existsSync(join(dataDir, file));
  const missing = [
    ["TELEGRAM_WEBHOOK_SECRET", isNew],
    ["REPLY_TOKEN", !isKept("reply-token")],
    ["OPENCODE_SERVER_PASSWORD", isLocal && !isKept("opencode-password")],
  ] as const;
  return Object.fromEntries(
    missing
      .filter(([name, isMissing]) => isMissing && !before[name])
      .map(([name]) => [name, randomBytes(32).toString("base64url")]),
  );
}
