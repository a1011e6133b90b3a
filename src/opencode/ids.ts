import { randomBytes } from "node:crypto";

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
let lastMs = 0;
let counter = 0;

/**
 * Makes an id opencode accepts as its own: prefix, 12 hex digits that are the low 48 bits of
 * `ms × 4096 + counter`, 14 base-62 characters. opencode 1.18 lists messages in the order they were
 * stored, so an id may be made long before it is used.
 */
export function newId(prefix: "msg" | "prt", nowMs = Date.now()): string {
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    counter = 0;
  }
  counter += 1;
  const time = BigInt.asUintN(48, BigInt(nowMs) * 4096n + BigInt(counter));
  // 248 is the largest multiple of 62 in a byte: taking more would favour some characters.
  const letters: string[] = [];
  while (letters.length < 14) {
    for (const byte of randomBytes(20)) {
      if (byte < 248 && letters.length < 14) letters.push(base62.charAt(byte % 62));
    }
  }
  return `${prefix}_${time.toString(16).padStart(12, "0")}${letters.join("")}`;
}
