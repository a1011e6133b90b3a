type Payload = Record<string, unknown>;

/** How many messages a call makes: an album is as many as it has files. */
export function messagesOf({ media }: Payload): number {
  return Array.isArray(media) ? media.length : 1;
}

/** The payload with the files of its album changed; undefined when it is none, or none of them changes. */
export function withAlbum(
  payload: Payload,
  change: (item: Payload, index: number) => Payload | undefined,
): Payload | undefined {
  const { media } = payload;
  if (!Array.isArray(media)) return undefined;
  const items = media as Payload[];
  const changed = items.map(change);
  if (changed.every((item) => item === undefined)) return undefined;
  return { ...payload, media: items.map((item, index) => changed[index] ?? item) };
}
