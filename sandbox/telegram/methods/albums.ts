import { randomInt } from "node:crypto";
import type { Message } from "grammy/types";
import { identity, type StoredFile } from "../files.ts";
import { photoSize } from "../image.ts";
import { badRequest } from "../refusal.ts";
import type { Payload, Result } from "../schemas.ts";
import { captionOf, stored, videoOf } from "../uploads.ts";
import type { Handlers } from "../world.ts";
import { compose } from "./compose.ts";

type Item = Payload<"sendMediaGroup">["media"][number];

/** Methods that send several files as one album. */
export const albumMethods = {
  sendMediaGroup(world, payload, uploads) {
    const { media, ...place } = payload;
    world.chats.find(payload.chat_id);
    const [first] = media;
    const odd = media.find(({ type }) => (type === "document") !== (first?.type === "document"));
    if (odd) throw badRequest("document can't be mixed with other media types");
    // All of it or nothing.
    const contents = media.map((item) => {
      const file = stored(world, `${item.type}s`, item.media, uploads);
      return { file, content: { ...captionOf(item), ...contentOf(item, file) } };
    });
    const group = { media_group_id: `${randomInt(2 ** 40)}` };
    return contents.map(({ file, content }) =>
      compose(world, place, { ...group, ...content }, { file }),
    ) as Result<"sendMediaGroup">;
  },
} satisfies Partial<Handlers>;

function contentOf({ type }: Item, file: StoredFile): Partial<Message> {
  if (type === "video") return { video: videoOf(file) };
  if (type === "document") return { document: { ...identity(file), file_name: file.name } };
  return { photo: [{ ...identity(file), ...photoSize(file.bytes) }] };
}
