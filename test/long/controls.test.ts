import { test } from "tap";
import { stackMissing } from "../support/stage.ts";
import { changes } from "./controls/changes.ts";
import { runs } from "./controls/runs.ts";
import { sessions } from "./controls/sessions.ts";
import { controlStage } from "./controls/stage.ts";
import { undo } from "./controls/undo.ts";

test("controls on the real opencode", { skip: stackMissing() }, async (t) => {
  const stage = await controlStage(t);
  await sessions(t, stage);
  await undo(t, stage);
  await changes(t, stage);
  await runs(t, stage);
});
