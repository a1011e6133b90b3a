import { EventStream } from "../../src/opencode/events.ts";
import type { Opencode, PostedFile, SessionMessage } from "../../src/opencode/client.ts";
import { KnownSessions } from "../../src/opencode/known-sessions.ts";
import { OpencodeUnreachable } from "../../src/opencode/errors.ts";
import type { Decision, SessionReader, SessionState } from "../../src/opencode/session-reader.ts";
import { keptLog } from "./app.ts";
import { prompted } from "./session.ts";

/** An opencode that does as told: it keeps what is posted, and notes what it was asked to do. */
export class FakeOpencode implements Opencode {
  readonly url = "http://127.0.0.1:1";
  readonly did: string[];
  readonly stored: SessionMessage[] = [];
  /** The files of what was posted. */
  readonly posted: PostedFile[] = [];
  /** Whether it takes prompts and stores nothing. */
  drops = false;
  #sessions = 0;

  /** `did` is where it notes what it was asked to do. */
  constructor(did: string[] = []) {
    this.did = did;
  }

  createSession: Opencode["createSession"] = async () => ({ id: `ses_${(this.#sessions += 1)}` });
  session: Opencode["session"] = async (id) => ({ id, directory: "/srv" });
  allowEverything: Opencode["allowEverything"] = async (id) => void this.did.push(`${id} free`);
  titled: Opencode["titled"] = async () => [];
  statuses: Opencode["statuses"] = async () => ({});
  agents: Opencode["agents"] = async () => [{ name: "build" }, { name: "plan" }];
  providers: Opencode["providers"] = async () => [
    {
      id: "stub",
      name: "Stub",
      models: {
        own: { name: "Own", variants: { high: {} } },
        "a/b": { name: "Second", variants: { low: {}, high: {} } },
        twin: { name: "Twin" },
      },
    },
    { id: "other", name: "Stub", models: { twin: { name: "Twin" }, deep: { name: "Deep" } } },
  ];
  defaultModel: Opencode["defaultModel"] = async () => "other/deep";
  permissions: Opencode["permissions"] = async () => [];
  questions: Opencode["questions"] = async () => [];
  messages: Opencode["messages"] = async (_, limit) => this.stored.slice(-limit);
  message: Opencode["message"] = async (_, id) => this.stored.find(({ info }) => info.id === id);
  prompt: Opencode["prompt"] = async (_, __, { messageId, text, files = [] }) => {
    this.did.push(`posted ${text}`);
    this.posted.push(...files);
    if (this.drops) return;
    if (this.stored.some(({ info }) => info.id === messageId)) return;
    const message = prompted(messageId, text);
    const parts = files.map(({ partId, ...file }) => ({ id: partId, type: "file", ...file }));
    message.parts.push(...(parts as SessionMessage["parts"]));
    this.stored.push(message);
  };
  abort: Opencode["abort"] = async () => void this.did.push("aborted");
  answerPermission: Opencode["answerPermission"] = async (id, _, reply) =>
    void this.did.push(`${id} ${reply}`);
  answerQuestion: Opencode["answerQuestion"] = async (id, _, answers) =>
    void this.did.push(`${id} ${JSON.stringify(answers)}`);
  rejectQuestion: Opencode["rejectQuestion"] = async (id) => void this.did.push(`${id} rejected`);
  events: Opencode["events"] = async () => {
    throw new OpencodeUnreachable("GET /global/event");
  };
}

/** Sessions that are as a test says. */
export class FakeSessions implements SessionReader {
  now: SessionState = { busy: false, retrying: false, decisions: [] };
  fault: Error | undefined;

  readSession = async () => {
    if (this.fault) throw this.fault;
    return this.now;
  };
  /** What is listed and waited for by nobody. */
  left: Decision[] = [];

  /** What events told of the newest turn. */
  heard: SessionMessage[] | undefined;
  heardTurn = () => this.heard;
  listRequests = async () => [...(await this.readSession()).decisions, ...this.left];
  leftovers = async () => this.left;
}

/** An event stream that is open when a test says so. */
export class FakeEvents extends EventStream {
  isHeard = true;

  constructor(client: Opencode) {
    super({ client, log: keptLog().log });
  }

  override get isOpen(): boolean {
    return this.isHeard;
  }
}

/** Sessions that are read of opencode each time. */
export function knownSessions(client: Opencode): KnownSessions {
  const events = new FakeEvents(client);
  events.isHeard = false;
  return new KnownSessions({ client, events });
}

/** Lets opencode list its agents only once what this returns is called. */
export function holdsAgents(opencode: FakeOpencode): () => void {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { agents: known } = opencode;
  opencode.agents = async (directory) => {
    await released;
    return known(directory);
  };
  return release;
}
