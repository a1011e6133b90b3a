/** A text and its formatting, as the Bot API takes them; UTF-16 units. */
export interface LiveText {
  text: string;
  entities: { type: string; offset: number; length: number; language?: string; url?: string }[];
}
