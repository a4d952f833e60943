import { startTickd } from "./cli-process.ts"
import { usualLibrary } from "./native-worker.ts"

/** A user id and a password that must be in no output. */
export const account = { user: "0123456789", password: "s3cret-Pa55" }

/** Environment of a `tickd run` with the simulated library; every port is any free one. */
export const daemonEnvironment = (
  state: string,
  front: string,
  more: Readonly<Record<string, string>> = {}
): Readonly<Record<string, string>> => ({
  CTP_MD_LIBRARY: usualLibrary,
  CTP_PRIMARY_MD_ADDRESS: front,
  CTP_PRIMARY_BROKER_ID: "9999",
  CTP_PRIMARY_USER_ID: account.user,
  CTP_PRIMARY_PASSWORD: account.password,
  TICKD_INSTANCE: "acceptance",
  TICKD_STATE_DIR: state,
  TICKD_INSTRUMENTS: "rb2701,IF2612",
  // The simulated market has no nights and weekends, and tests run at these times too.
  TICKD_MARKET_HOURS: "always",
  NATS_PORT: "0",
  INGEST_METRICS_PORT: "0",
  ...more
})

/** A front with a generated market, and its address. */
export const startFront = async () => {
  const front = startTickd(["front", "--port", "0", "--json", "--instruments", "50", "--rate", "500"])
  const [, address = ""] = await front.printed(/"address":"(tcp:\/\/[\d.:]+)"/)
  return { ...front, address }
}
