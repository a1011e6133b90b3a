import { symlinkSync } from "node:fs";
import type { Test } from "tap";
import type { KeptFiles } from "../../src/outbox/kept-files.ts";

/** Has whatever is written to a file to send meet a full disk, until `restore` of what this returns. */
export function toFullDisk(t: Test, keptFiles: KeptFiles) {
  const place = keptFiles.place.bind(keptFiles);
  return t.intercept(keptFiles, "place", {
    value: async (name: string) => {
      const kept = await place(name);
      symlinkSync("/dev/full", kept.path);
      return kept;
    },
  });
}
