import { wholePng } from "../sandbox/picture.ts";
import { difference, type Figure } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave } from "./stats.ts";

// About what Telegram makes of a photo: 200 kB.
const photo = { kind: "photo" as const, name: "photo.png", bytes: wholePng(260, 260, true) };

/**
 * From the operator's photo being posted to the webhook until the model is shown it. The floor loads the same file
 * from the same server and posts it to `prompt_async` itself, to the same session.
 */
export async function photoFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart({ DELIVERY: "api" });
  const { stage, directory } = scene;
  let agentSession = await scene.agentSession();
  let count = 0;

  const subject = async () => {
    // Every photo of a session goes to the model again with each prompt.
    if (count++ % 4 === 0) agentSession = await freshSession(scene, agentSession);
    const prompt = scene.nextPrompt();
    const start = performance.now();
    stage.telegram.operatorSends({ text: prompt, file: photo });
    const cost = (await scene.modelAsked(prompt)) - start;
    await scene.answered(prompt);
    await scene.rest(agentSession);
    return cost;
  };
  const floor = async () => {
    const prompt = scene.nextPrompt();
    const start = performance.now();
    const url = `data:image/png;base64,${(await loaded(scene)).toString("base64")}`;
    const file = { type: "file", mime: "image/png", filename: photo.name, url };
    const posted = stage.opencode(`/session/${agentSession}/prompt_async?directory=${directory}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ parts: [{ type: "text", text: prompt }, file] }),
    });
    const cost = (await scene.modelAsked(prompt)) - start;
    await posted;
    await scene.rest(agentSession);
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

/** Gives the agent another session; resolves to it once it had a prompt, as the others have. */
async function freshSession(scene: Scene, before: string): Promise<string> {
  const { stage } = scene;
  stage.telegram.operatorSends({ text: "/new" });
  await scene.until("there is another session", async () => {
    return (await scene.agentSession()) !== before;
  });
  const session = await scene.agentSession();
  const prompt = scene.nextPrompt();
  stage.telegram.operatorSends({ text: prompt });
  await scene.answered(prompt);
  await scene.rest(session);
  return session;
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
