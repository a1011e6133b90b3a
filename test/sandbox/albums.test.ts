import { InputFile, InputMediaBuilder } from "grammy/web";
import type { Message } from "grammy/types";
import { test } from "tap";
import { png as pngOf } from "../support/pictures.ts";
import { sandbox } from "../support/sandbox.ts";

const png = pngOf(512, 256);
const refusedWith = (words: string) => ({ message: new RegExp(words) });

test("an album has two to ten files of one kind, and all of them arrive or none", async (t) => {
  const { telegram, api } = await sandbox(t);
  const photo = () => InputMediaBuilder.photo(new InputFile(png, "a.png"));
  const document = () => InputMediaBuilder.document(new InputFile(png, "a.png"), { caption: "x" });
  const film = InputMediaBuilder.video(new InputFile(png, "a.mp4"), { caption: "film" });
  const made = await api.sendMediaGroup(1000, [film, photo()]);
  t.equal(new Set(made.map((one) => (one as Message.PhotoMessage).media_group_id)).size, 1);
  t.match(telegram.chat(), [{ text: "film", message: made[0] }, { message: made[1] }]);
  t.match(await api.sendMediaGroup(1000, [document(), document()]), [{ caption: "x" }, {}]);
  const bad = InputMediaBuilder.photo(new InputFile(Buffer.from("words"), "a.png"));
  const refusals: [ReturnType<typeof photo | typeof document>[], string][] = [
    [[photo()], "must not have fewer"],
    [Array.from({ length: 11 }, photo), "must not have more"],
    [[photo(), document()], "document can't be mixed"],
    [[photo(), bad], "IMAGE_PROCESS_FAILED"],
  ];
  for (const [media, description] of refusals)
    await t.rejects(api.sendMediaGroup(1000, media as never), refusedWith(description));
  const keyboard = { reply_markup: { inline_keyboard: [] } } as object;
  await t.rejects(
    api.sendMediaGroup(1000, [photo(), photo()], keyboard),
    refusedWith("reply_markup"),
  );
  t.equal(telegram.chat().length, 4, "nothing of what was refused is shown");
});
