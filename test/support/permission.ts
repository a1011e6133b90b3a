import type { PermissionRequest } from "../../src/opencode/client.ts";

/** A request of session `ses_1` to run `ls`, and what is different about it. */
export function permissionRequest(fields: Partial<PermissionRequest> = {}): PermissionRequest {
  return {
    id: "per_1",
    sessionID: "ses_1",
    permission: "bash",
    patterns: ["ls"],
    always: [],
    metadata: {},
    ...fields,
  };
}
