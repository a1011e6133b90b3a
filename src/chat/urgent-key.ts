/** What the key of a button begins with whose presses wait behind no other update; no other key has it. */
export const urgentMark = "!";

/** Whether a button's key (`callback_data`) is that of an urgent one, which is known before it is looked up. */
export function isUrgentKey(key: string | undefined): boolean {
  return key?.startsWith(urgentMark) ?? false;
}
