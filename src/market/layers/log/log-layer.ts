import { Context, Effect, Layer } from "effect"
import { chinaCalendar } from "../../../kernel/calendar/trading-calendar.ts"
import { maskedAccounts } from "../../config/ctp-login-variables.ts"
import { makeCalendarWatch } from "../contracts/calendar-watch.ts"
import { DaemonEvents } from "../events/daemon-events.ts"
import { Options } from "../run-options.ts"
import { DaemonLog } from "./daemon-log.ts"
import { makeEventLines } from "./event-lines.ts"

/** The daemon's log. */
export class Log extends Context.Service<Log, DaemonLog>()("tickd/market/Log") {}

export const logLayer = Layer.effect(
  Log,
  Effect.gen(function* () {
    const { calendar = chinaCalendar, config, write } = yield* Options
    const log = new DaemonLog({ level: config.logLevel, write, ...maskedAccounts(config.ctp.profiles) })
    const { noteTickBeyond } = makeCalendarWatch({ calendar, log, nowMs: () => Date.now() })
    const events = yield* DaemonEvents
    events.subscribe("log", makeEventLines(log, noteTickBeyond))
    return log
  })
)
