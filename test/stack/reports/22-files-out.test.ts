import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "tap";
import type { ChatMessage } from "../../../sandbox/telegram/chats.ts";
import { png } from "../../support/pictures.ts";
import { runs, sent, settled, stackMissing, startStage } from "../../support/stage.ts";

const kindOf = ({ message }: ChatMessage) =>
  message.photo ? "photo" : message.document ? "document" : "none";

test(
  "22.5: what an agent and its operator send out, on the real opencode",
  { skip: stackMissing() },
  async (t) => {
    const stage = await startStage(t, { env: { DELIVERY: "api" } });
    const { telegram, model } = stage;
    const work = join(stage.home, "work");
    const pictures = [1, 2, 3].map((n) => png(100 * n, 100, Buffer.alloc(100, n)));
    mkdirSync(join(work, "out"), { recursive: true });
    for (const [index, bytes] of pictures.entries())
      writeFileSync(join(work, "out", `p${index}`), bytes);
    const album = () => telegram.chat().filter(({ message }) => message.media_group_id);

    await t.test("an agent's photo, and its files as an album, by its shell", async (t) => {
      const command =
        "printf a >a.txt && printf b >b.txt && " +
        'send-telegram --photo out/p0 --file a.txt --file b.txt --caption "The chart"';
      model.script = ({ toolResults }) => (toolResults.length > 0 ? { text: "" } : runs(command));
      telegram.operatorSends({ text: "draw it" });
      await telegram.shown(({ file }) => file?.name === "b.txt");
      await settled(stage);
      await sent(stage);
      const photo = telegram.chat().find((message) => kindOf(message) === "photo");
      t.match(photo, { text: "The chart", file: { name: "p0.png", bytes: pictures[0] } });
      t.same(
        album().map((one) => [kindOf(one), one.file?.name, one.file?.bytes.toString()]),
        [
          ["document", "a.txt", "a"],
          ["document", "b.txt", "b"],
        ],
      );
    });

    await t.test(
      "photos as an album, by its tool, which a kill in the upload does not lose",
      async (t) => {
        const words = { paths: ["out/p0", "out/p1", "out/p2"], caption: "All three", photo: true };
        const tool = { name: "send_telegram_file", arguments: words };
        model.script = ({ toolResults }) =>
          toolResults.length > 0 ? { text: "" } : { tools: [tool] };
        const before = album().length;
        telegram.fault({ kind: "slow", ms: 60_000, method: "sendMediaGroup" });
        telegram.operatorSends({ text: "show them" });
        // It has arrived, and the answer has not.
        await telegram.called("sendMediaGroup", ({ payload }) =>
          /"photo"/.test(JSON.stringify(payload)),
        );
        await settled(stage);
        await stage.stop("SIGKILL");
        for (const index of [0, 1, 2])
          writeFileSync(join(work, "out", `p${index}`), "changed since");
        await stage.start();
        await sent(stage);
        const shown = album().slice(before);
        t.same(
          shown.map((one) => [kindOf(one), one.text]),
          [
            ["photo", "All three"],
            ["photo", ""],
            ["photo", ""],
            ["photo", "All three ↻"],
            ["photo", ""],
            ["photo", ""],
          ],
        );
        t.same(
          shown.map(({ file }) => file?.bytes),
          [...pictures, ...pictures],
        );
        t.same(readdirSync(join(stage.home, "data", "outgoing")), [], "no copy is left");
      },
    );

    await t.test("the operator walks through folders to a file, and gets a picture", async (t) => {
      writeFileSync(join(work, "out", "chart.png"), pictures[1]!);
      writeFileSync(join(work, "out", "words.txt"), "words");
      telegram.operatorSends({ text: "/files" });
      const browser = await telegram.shown(({ text }) => text.startsWith("work: "));
      const { message_id: messageId } = browser;
      telegram.operatorPresses({ messageId, button: "📁 out" });
      await telegram.shown(({ text, edited }) => edited && text.startsWith("work/out: "));
      telegram.operatorPresses({ messageId, button: "words.txt · 5 bytes" });
      const document = await telegram.shown(({ file }) => file?.name === "words.txt");
      t.equal(document.file?.bytes.toString(), "words");
      telegram.operatorSends({ text: "/get out/chart.png" });
      const photo = await telegram.shown(({ text }) => text.startsWith("chart.png · "));
      t.equal(kindOf(photo), "photo");
      telegram.operatorPresses({ messageId: photo.message_id, button: "As file" });
      const file = await telegram.shown(
        (message) => kindOf(message) === "document" && message.file?.name === "chart.png",
      );
      t.same(file.file?.bytes, pictures[1]);
      telegram.operatorSends({ text: "/get /proc/self/environ" });
      await telegram.shown(({ text }) => text.startsWith("Not sent: that is outside"));
      await sent(stage);
    });
  },
);
