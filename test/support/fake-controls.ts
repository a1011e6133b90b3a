import { Readable } from "node:stream";
import type { SessionMessage } from "../../src/opencode/client.ts";
import type { Controls } from "../../src/opencode/controls.ts";

/** Controls that note what they were asked to do, and tell what a test says. */
export class FakeControls implements Controls {
  readonly did: string[];
  /** What all sessions hold. */
  stored: SessionMessage[] = [];

  /** `did` is where it notes what it was asked to do. */
  constructor(did: string[] = []) {
    this.did = did;
  }

  history: Controls["history"] = async () => ({ sessions: [], next: undefined });
  allMessages: Controls["allMessages"] = async () => this.stored;
  messagesAsJson: Controls["messagesAsJson"] = async () =>
    Readable.from([Buffer.from(JSON.stringify(this.stored))]);
  rename: Controls["rename"] = async ({ sessionId }, title) =>
    void this.did.push(`${sessionId} renamed ${title}`);
  appendRules: Controls["appendRules"] = async ({ sessionId }, rules) =>
    void this.did.push(`${sessionId} ${JSON.stringify(rules)}`);
  fork: Controls["fork"] = async ({ sessionId }, options) => {
    const { before } = options ?? {};
    this.did.push(`${sessionId} forked${before === undefined ? "" : ` before ${before}`}`);
    return { id: `${sessionId}_fork`, directory: "/srv" };
  };
  revert: Controls["revert"] = async ({ sessionId }, messageId) => {
    this.did.push(`${sessionId} reverted to ${messageId}`);
    return true;
  };
  unrevert: Controls["unrevert"] = async ({ sessionId }) =>
    void this.did.push(`${sessionId} unreverted`);
  summarize: Controls["summarize"] = async ({ sessionId }, model) =>
    void this.did.push(`${sessionId} summed up by ${model}`);
  share: Controls["share"] = async ({ sessionId }) => `https://share.invalid/${sessionId}`;
  unshare: Controls["unshare"] = async ({ sessionId }) =>
    void this.did.push(`${sessionId} unshared`);
  todo: Controls["todo"] = async () => [];
  children: Controls["children"] = async () => [];
  workingTreeChanges: Controls["workingTreeChanges"] = async () => [];
  workingTreePatch: Controls["workingTreePatch"] = async () => "";
  isGit: Controls["isGit"] = async () => true;
  commands: Controls["commands"] = async () => [];
  skills: Controls["skills"] = async () => [];
  mcp: Controls["mcp"] = async () => [];
  shell: Controls["shell"] = async ({ sessionId }, { command }) => {
    this.did.push(`${sessionId} ran ${command}`);
    return "";
  };
  runCommand: Controls["runCommand"] = async ({ sessionId }, run) => {
    this.did.push(`${sessionId} ran /${run.command} ${run.arguments}`);
    return { info: {}, parts: [] } as unknown as SessionMessage;
  };
}
