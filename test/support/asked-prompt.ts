import type { Stage } from "../../sandbox/stage.ts";
import type { SessionMessage } from "../../src/opencode/client.ts";
import { paths, settled, until } from "./stage.ts";

/** Sends a prompt; resolves to the path it took and how it ran, when its turn is over. */
export async function ask(stage: Stage, text: string) {
  const before = paths(stage).length;
  stage.telegram.operatorSends({ text });
  await until(() => (paths(stage).length > before ? true : undefined));
  await settled(stage);
  const query = `?directory=${encodeURIComponent(stage.env["WORKSPACE_DIR"] ?? "")}`;
  const sessions = (await (await stage.opencode(`/session${query}`)).json()) as { id: string }[];
  const path = `/session/${sessions[0]?.id}/message`;
  const messages = (await (await stage.opencode(path)).json()) as SessionMessage[];
  const info = messages.findLast(({ info: { role } }) => role === "user")?.info;
  if (info?.role !== "user") throw new Error("no prompt");
  const { modelID, variant } = info.model as { modelID: string; variant?: string };
  return { path: paths(stage).at(-1), agent: info.agent, model: modelID, variant };
}
