import { test } from "tap";
import { allowAsked } from "../../src/cards/yolo.ts";
import { OpencodeRefused, OpencodeUnreachable } from "../../src/opencode/errors.ts";
import type { Decision } from "../../src/opencode/session-reader.ts";
import { keptLog } from "../support/app.ts";
import { FakeOpencode } from "../support/fake-opencode.ts";
import { siteAgent } from "../support/session.ts";

const permission = (id: string): Decision => {
  const about = { permission: "bash", patterns: ["touch a"], always: [], metadata: {} };
  return { kind: "permission", id, request: { id, sessionID: "ses_child", ...about } };
};
const question: Decision = {
  kind: "question",
  id: "que_1",
  request: { id: "que_1", sessionID: "ses_1", questions: [] },
};
const asked = [permission("per_1"), question, permission("per_2")];

test("what an agent in YOLO mode asks is allowed once and recorded; its questions are left", async (t) => {
  const client = new FakeOpencode();
  const { kept, log } = keptLog();
  const left = await allowAsked({ client, log }, { ...siteAgent, yolo: true }, asked);
  t.same(left, [question]);
  t.same(client.did, ["per_1 once", "per_2 once"]);
  t.match(JSON.stringify(kept), /ses_child.*touch a/);
});

test("nothing is allowed for another agent", async (t) => {
  const client = new FakeOpencode();
  const { log } = keptLog();
  t.same(await allowAsked({ client, log }, siteAgent, asked), asked);
  t.same(client.did, []);
});

test("one that is decided already is no failure, an opencode that does not answer is", async (t) => {
  const client = new FakeOpencode();
  const { log } = keptLog();
  const free = { ...siteAgent, yolo: true };
  client.answerPermission = async () => {
    throw new OpencodeRefused("POST /reply", 404);
  };
  t.same(await allowAsked({ client, log }, free, asked), [question]);
  client.answerPermission = async () => {
    throw new OpencodeUnreachable("POST /reply");
  };
  await t.rejects(allowAsked({ client, log }, free, asked), OpencodeUnreachable);
});
