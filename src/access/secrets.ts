import { createHash, timingSafeEqual } from "node:crypto";

/** Whether a given value is the secret, in a time that tells nothing about either. */
export function isSecret(given: unknown, secret: string): boolean {
  if (typeof given !== "string") return false;
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
