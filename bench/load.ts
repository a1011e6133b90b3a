/**
 * The process that posts updates as fast as they are answered, apart from both servers it meets.
 * Its one argument is a `LoadOrder` as JSON; it prints a `LoadResult` as JSON.
 */
import autocannon from "autocannon";

/** What is to be posted. */
export interface LoadOrder {
  url: string;
  headers: Record<string, string>;
  connections: number;
  seconds: number;
  /** The update posted; each post has an `update_id` of its own, counted from this one's. */
  update: { update_id: number; [field: string]: unknown };
}

/** What became of it. */
export interface LoadResult {
  posted: number;
  /** Answers other than 2xx, and connections that failed. */
  faults: number;
  perSecond: number;
  /** Milliseconds of each answer. */
  latencies: number[];
}

const { url, headers, connections, seconds, update } = JSON.parse(
  process.argv[2] ?? "",
) as LoadOrder;
let updateId = update.update_id;
const latencies: number[] = [];
const run = autocannon({
  url,
  connections,
  duration: seconds,
  method: "POST",
  headers: { "content-type": "application/json", ...headers },
  requests: [
    {
      setupRequest: (request) => {
        updateId += 1;
        return { ...request, body: JSON.stringify({ ...update, update_id: updateId }) };
      },
    },
  ],
});
run.on("response", (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds));
const result = await run;
const outcome: LoadResult = {
  posted: updateId - update.update_id,
  faults: result.non2xx + result.errors,
  perSecond: result["2xx"] / result.duration,
  latencies,
};
process.stdout.write(JSON.stringify(outcome));
