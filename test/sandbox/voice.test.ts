import { test } from "tap";
import { InputFile } from "grammy/web";
import { spokenBytes } from "../support/speech-server.ts";
import { sandbox } from "../support/sandbox.ts";

test("only what is a voice message is shown as one", async (t) => {
  const { telegram, api } = await sandbox(t);
  const bytes = spokenBytes("Done.");
  const sent = await api.sendVoice(1000, new InputFile(bytes, "voice.ogg"), { caption: "site" });
  t.match(sent, { voice: { mime_type: "audio/ogg", file_size: bytes.length }, caption: "site" });
  const other = await api.sendVoice(1000, new InputFile(Buffer.from("RIFF"), "voice.ogg"));
  t.match(other, { voice: undefined, document: { file_name: "voice.ogg" } });
  t.match(telegram.chat(), [{ file: { bytes } }, { file: { name: "voice.ogg" } }]);
  const empty = api.sendVoice(1000, new InputFile(Buffer.alloc(0), "voice.ogg"));
  await t.rejects(empty, { message: /file must be non-empty/ });
});

test("the operator sends voice messages and video notes, and the bot asks for an answer", async (t) => {
  const { telegram, api } = await sandbox(t);
  const bytes = spokenBytes("Build it.");
  for (const kind of ["voice", "video_note"] as const) {
    const { message } = telegram.operatorSends({ file: { name: "file.oga", bytes, kind } });
    t.type(message[kind]?.file_id, "string");
  }
  const forced = { force_reply: true, input_field_placeholder: "a".repeat(65) } as const;
  await t.rejects(api.sendMessage(1000, "say", { reply_markup: forced }), {
    message: /placeholder/,
  });
});
