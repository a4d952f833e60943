import { hostname } from "node:os"
import { Effect } from "effect"
import { errorText } from "../../../kernel/error-text.ts"

/** No program may wait for its metrics. */
const pushMs = 3000

/** POST replaces the metrics in `text`, and no other one, of the job on this machine. Fails with the reason. */
export const postMetrics = (pushgatewayUrl: string, job: string, text: string): Effect.Effect<void, string> =>
  Effect.tryPromise({
    try: async () => {
      const answer = await fetch(`${pushgatewayUrl}/metrics/job/${job}/instance/${encodeURIComponent(hostname())}`, {
        method: "POST",
        body: text,
        signal: AbortSignal.timeout(pushMs)
      })
      if (!answer.ok) throw new Error(`it answered ${answer.status}`)
      // A proxy or another program takes any request: the values would be gone without a word.
      if ((answer.headers.get("content-type") ?? "").includes("html"))
        throw new Error("what answers is a web page: correct PUSHGATEWAY_URL")
    },
    catch: errorText
  })
