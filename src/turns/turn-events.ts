import type { TurnStatus } from "../opencode/turn-status.ts";
import type { TurnEnd } from "./relay.ts";

/** What reporting tells. */
export interface TurnReportsEvents {
  /**
   * A turn has ended and was reported. `ms`: since its prompt was typed or posted, in milliseconds; undefined when
   * no prompt began it.
   */
  ended: [turn: { end: TurnEnd["kind"] | TurnStatus["kind"]; ms: number | undefined }];
}
