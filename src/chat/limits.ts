/** Stands at the end of a message that may be a repeat of one above it. */
export const repeatMark = " ↻";

/** Most UTF-16 units of a caption, with room for the mark of a repeat; Telegram's limit is 1024. */
export const maxCaptionLength = 1024 - repeatMark.length;

/**
 * Most UTF-16 units of one message, with room for the mark of a repeat. Telegram's limit is 4096 code
 * points, so this is never too many.
 */
export const maxTextLength = 4096 - repeatMark.length;
