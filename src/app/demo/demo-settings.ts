import { Effect } from "effect"
import { type Config, readConfig } from "../../market/config/config.ts"
import { environmentNames } from "../../market/config/config-variables.ts"

/**
 * Variables that belong to a real front, to a service manager, or to the ports and folders that the demo's flags
 * name.
 */
const notForDemo =
  /^(CTP_(PRIMARY|BACKUP)_|CTP_(MD|TD)_|CTP_FLOW_DIR|CTP_PRODUCTION_MODE|CTP_ROUTE_SELECTOR|TICKD_(INSTANCE|STATE_DIR|CONTRACTS|INSTRUMENTS|CALENDAR|MARKET_HOURS)|TICK_REPLAY|DRILLS_ENABLED|(INGEST|SUBSCRIPTION)_METRICS_|NATS_PORT|NOTIFY_SOCKET|WATCHDOG_)/

/** Stands in until the simulated fronts have started and their addresses are known. */
const login = (feed: "PRIMARY" | "BACKUP") => ({
  [`CTP_${feed}_MD_ADDRESS`]: "tcp://127.0.0.1:1",
  [`CTP_${feed}_BROKER_ID`]: "9999",
  [`CTP_${feed}_USER_ID`]: "demo",
  [`CTP_${feed}_PASSWORD`]: "demo"
})

export interface DemoSettings {
  readonly stateDir: string
  readonly library: string
  readonly feeds: number
  readonly replay: boolean
}

/** What a recording needs besides: its lunch break is no fault, and a new connection within it would lose its ticks. */
const forReplay = { TICK_REPLAY: "1", CTP_SILENCE_MS: "0" }

/**
 * The configuration of `tickd run` with the demo's own front, so that a default of `run` is the demo's too; every other
 * difference is in `demoDifferences`. The profiles are placeholders. Fails with `ConfigError`, as `run` does.
 */
export const demoConfig = (env: Record<string, string | undefined>, set: DemoSettings) => {
  const own = Object.fromEntries(
    environmentNames.filter((name) => !notForDemo.test(name)).map((name) => [name, env[name]])
  )
  return Effect.map(
    readConfig({
      ...own,
      TICKD_INSTANCE: "demo",
      TICKD_STATE_DIR: set.stateDir,
      CTP_MD_LIBRARY: set.library,
      TICKD_MARKET_HOURS: "always",
      DRILLS_ENABLED: "1",
      ...login("PRIMARY"),
      ...(set.feeds > 1 ? login("BACKUP") : {}),
      ...(set.replay ? forReplay : {})
    }),
    // The instruments are those of the simulated market, so no list is kept.
    (config): Config => ({ ...config, contracts: undefined })
  )
}

/** What the demo does otherwise than `run` with the same variables, for its first lines. */
export const demoDifferences = (replay: boolean): string =>
  `as 'run' by default, except: simulated front and vendor library; no contract list; market always open (TICKD_MARKET_HOURS=always); drills accepted (DRILLS_ENABLED=1)${
    replay ? "; silence is no fault (CTP_SILENCE_MS=0); judged on the recording's time line (TICK_REPLAY=1)" : ""
  }`
