import { wholePng } from "../sandbox/picture.ts";
import { difference, type Figure } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave } from "./stats.ts";
import type { SessionMessage } from "../src/opencode/client.ts";

// About what Telegram makes of a photo: 200 kB.
const photo = { kind: "photo" as const, name: "photo.png", bytes: wholePng(260, 260, true) };

/**
 * From the operator's photo being posted to the webhook until the model is shown it. The floor loads the same file
 * from the same server and posts it to `prompt_async` itself, to the agent's session.
 */
export async function photoFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart({ DELIVERY: "api" });
  const { stage, directory } = scene;
  const session = await scene.agentSession();
  await textPrompt(scene, session);
  const before = new Set(await messages(scene, session));

  const rested = async () => {
    await scene.rest(session);
    // Every photo of a session goes to the model again with each prompt.
    for (const id of await messages(scene, session)) {
      if (!before.has(id)) await remove(scene, session, id);
    }
  };
  const subject = async () => {
    const prompt = scene.nextPrompt();
    const start = performance.now();
    stage.telegram.operatorSends({ text: prompt, file: photo });
    const cost = (await scene.modelAsked(prompt)) - start;
    await scene.answered(prompt);
    await rested();
    return cost;
  };
  const floor = async () => {
    const prompt = scene.nextPrompt();
    const start = performance.now();
    const url = `data:image/png;base64,${(await loaded(scene)).toString("base64")}`;
    const file = { type: "file", mime: "image/png", filename: photo.name, url };
    const posted = stage.opencode(`/session/${session}/prompt_async?directory=${directory}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ parts: [{ type: "text", text: prompt }, file] }),
    });
    const cost = (await scene.modelAsked(prompt)) - start;
    await posted;
    await rested();
    return cost;
  };
  // One that the floor can load.
  await subject();
  const extent = quick ? { pairs: 2, warmUp: 1 } : { pairs: 30, warmUp: 4 };
  const taken = await interleave({ subject, floor }, extent);
  return {
    name: "photo",
    what: "photo → model request",
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "the same download and the same post, made directly" },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: "≤ floor + 15 ms",
    met: taken.measured.p50 <= taken.floor.p50 + 15,
  };
}

/** Has the session answer a text. */
async function textPrompt(scene: Scene, session: string): Promise<void> {
  const prompt = scene.nextPrompt();
  scene.stage.telegram.operatorSends({ text: prompt });
  await scene.answered(prompt);
  await scene.rest(session);
}

/** The ids of a session's messages. */
async function messages({ stage }: Scene, session: string): Promise<string[]> {
  const response = await stage.opencode(`/session/${session}/message`);
  return ((await response.json()) as SessionMessage[]).map(({ info }) => info.id);
}

/** Removes a message from a session that rests. */
async function remove({ stage }: Scene, session: string, id: string): Promise<void> {
  const path = `/session/${session}/message/${id}`;
  const { ok, status } = await stage.opencode(path, { method: "DELETE" });
  if (!ok) throw new Error(`${path}: ${status}`);
}

/** The photo that the operator sent last, from the Bot API server. */
async function loaded({ stage }: Scene): Promise<Buffer> {
  const { TELEGRAM_API_ROOT: root = "", TELEGRAM_BOT_TOKEN: token = "" } = stage.env;
  const sent = stage.telegram.chat().findLast(({ message }) => message.photo !== undefined);
  const fileId = sent?.message.photo?.at(-1)?.file_id ?? "";
  const called = await fetch(`${root}/bot${token}/getFile?file_id=${fileId}`);
  const { result } = (await called.json()) as { result: { file_path: string } };
  const content = await fetch(`${root}/file/bot${token}/${result.file_path}`);
  return Buffer.from(await content.arrayBuffer());
}
