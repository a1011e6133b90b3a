import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { difference, type Figure } from "./report.ts";
import type { Extent, Scene } from "./scene.ts";
import { interleave } from "./stats.ts";

const agentBin = join(import.meta.dirname, "..", "agent", "bin");
// Until the calls of one sample are answered and noted, before the next begins.
const quietMs = 30;

/**
 * From `/reply` being posted until the Bot API server has executed the call that came of it. The
 * floor makes the same call to the same server.
 */
export async function replyFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart();
  const { stage } = scene;
  const { TELEGRAM_API_ROOT: apiRoot, TELEGRAM_BOT_TOKEN: token } = stage.env;
  const authorization = `Bearer ${replyToken(scene)}`;

  const cost = async (post: (text: string) => Promise<Response>) => {
    const text = `The build is green again. ${randomUUID()}`;
    const start = performance.now();
    const posted = post(text);
    await stage.telegram.called("sendMessage", ({ payload }) =>
      String(payload["text"]).endsWith(text),
    );
    const spent = performance.now() - start;
    const { ok, status } = await posted;
    if (!ok) throw new Error(`a message was answered with ${status}`);
    await pause(quietMs);
    return spent;
  };
  const taken = await interleave(
    {
      subject: () => cost((text) => stage.local("/reply", jsonPost({ text }, { authorization }))),
      floor: () =>
        cost((text) =>
          fetch(`${apiRoot}/bot${token}/sendMessage`, jsonPost({ chat_id: 1000, text })),
        ),
    },
    quick ? { pairs: 5, warmUp: 2 } : { pairs: 200, warmUp: 20 },
  );
  return {
    name: "reply",
    what: "/reply in → Telegram request out",
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "sendMessage to the same Bot API server, made directly" },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: "p50 ≤ 10 ms",
    met: taken.measured.p50 <= 10,
  };
}

/**
 * `send-telegram` as a process, from its start to its end, in the environment of an agent's shell.
 * The floor is curl alone, posting the same to the same route.
 */
export async function sendTelegramFigure(scene: Scene, { quick }: Extent): Promise<Figure> {
  await scene.restart();
  const { stage } = scene;
  const token = replyToken(scene);
  const session = await scene.agentSession();
  const env = {
    PATH: `${agentBin}:${stage.env["PATH"] ?? ""}`,
    SWITCHBOARD_URL: stage.url,
    SWITCHBOARD_REPLY_TOKEN: token,
    OPENCODE_SESSION_ID: session,
  };
  const run = async (command: (text: string) => string[]) => {
    const text = `The build is green again. ${randomUUID()}`;
    const [program = "", ...args] = command(text);
    const start = performance.now();
    const child = spawn(program, args, { env, stdio: "ignore" });
    const [code] = (await once(child, "exit")) as [number | null];
    const spent = performance.now() - start;
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
    await stage.telegram.called("sendMessage", ({ payload }) =>
      String(payload["text"]).endsWith(text),
    );
    await pause(quietMs);
    return spent;
  };
  const common = [
    ["--disable", "--silent", "--fail", "--output", "/dev/null"],
    ["--header", "Content-Type: text/plain; charset=utf-8"],
    ["--header", `Authorization: Bearer ${token}`],
    ["--url", `${stage.url}/reply?session=${session}`],
  ].flat();
  const curl = (text: string) => [
    "curl",
    ...common,
    "--header",
    `Idempotency-Key: ${randomUUID()}`,
    "--data-binary",
    text,
  ];
  const taken = await interleave(
    { subject: () => run((text) => ["send-telegram", text]), floor: () => run(curl) },
    quick ? { pairs: 3, warmUp: 1 } : { pairs: 100, warmUp: 10 },
  );
  return {
    name: "send-telegram",
    what: "send-telegram, start → end of the process",
    unit: "ms",
    measured: taken.measured,
    floor: { ...taken.floor, what: "curl alone, posting the same to the same route" },
    compared: difference(taken.measured, taken.floor, "ms"),
    target: "p50 ≤ 30 ms",
    met: taken.measured.p50 <= 30,
  };
}

function replyToken({ stage }: Scene): string {
  return readFileSync(join(stage.env["DATA_DIR"] ?? "", "reply-token"), "utf8").trim();
}

function jsonPost(body: object, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
}
