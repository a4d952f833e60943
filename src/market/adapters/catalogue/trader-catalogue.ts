import { Effect, Queue } from "effect"
import { type ContractList, mergeContracts } from "../../../kernel/instrument/contract.ts"
import { lossWords } from "../../../kernel/instrument/vendor-codes.ts"
import { ContractCatalogueError } from "../../ports/contract-catalogue.ts"
import { contractOfRow } from "./contract-row.ts"
import { traderFormat } from "./trader-lines.ts"
import { startTraderWorker, type TraderWorker, type TraderWorkerOptions, type WorkerEvent } from "./trader-worker.ts"

export interface TraderOptions extends TraderWorkerOptions {
  readonly brokerId: string
  readonly userId: string
  /** Read when it is sent, so that no object holds it in clear text. */
  readonly password: () => string
  /** Both or none: fronts without see-through supervision need neither. */
  readonly appId: string
  readonly authCode: () => string
  readonly connectTimeoutMs: number
  /** Time limit of each answer except the list. */
  readonly answerTimeoutMs: number
  /** Time limit for the first row of the list, and between two rows. */
  readonly listTimeoutMs: number
}

/** A front accepts one query a second for each connection; more are answered with -2 or -3. */
const betweenQueriesMs = 1100
const queriesMax = 5
/** Temporary errors: 7 not initialised, 8 front not active, 90 needs a retry. Source: the vendor's error.xml. */
const passingErrors = new Set([7, 8, 90])

const fail = (code: ContractCatalogueError["code"], message: string) =>
  new ContractCatalogueError({ code, source: "trader", message })

type Stage = "authenticate" | "login" | "query"
const refusalCodes = {
  authenticate: "TRADER_AUTHENTICATION_REFUSED",
  login: "TRADER_LOGIN_REFUSED",
  query: "TRADER_QUERY_REFUSED"
} as const
const refusalFixes = {
  authenticate: "check CTP_PRIMARY_APP_ID and CTP_PRIMARY_AUTH_CODE with the broker",
  login: "check CTP_PRIMARY_USER_ID and the password; do not repeat it blindly, fronts lock accounts",
  query: "ask the broker why contracts may not be queried"
} as const

const refusal = (stage: Stage, errorId: number, text: string): ContractCatalogueError =>
  passingErrors.has(errorId)
    ? fail("TRADER_NOT_READY", `The trader front is not ready (error ${errorId}: ${text}): try again in a minute.`)
    : fail(
        refusalCodes[stage],
        `The trader front refused to ${stage} (error ${errorId}: ${text}): ${refusalFixes[stage]}.`
      )

const linkLost = (stage: string, reason?: number) =>
  fail(
    "TRADER_LINK_LOST",
    `The trader front cut the connection during ${stage}${reason === undefined ? "" : ` (${lossWords(reason)})`}: nothing of this list is used; try again.`
  )

/** The next event about `stage`. Fails with any event that ends it. */
const nextEvent = Effect.fnUntraced(function* (worker: TraderWorker, stage: Stage) {
  while (true) {
    const event: WorkerEvent = yield* Queue.take(worker.events)
    switch (event.kind) {
      case "ended":
        return yield* event.error
      case "disconnected":
        return yield* linkLost(stage, event.reason)
      case "returned":
        if (event.command !== stage || event.code === 0) break
        if (event.code === -1) return yield* linkLost(stage)
        if (event.code === -100) {
          return yield* fail(
            "TRADER_SETTING_TOO_LONG",
            `One of the CTP_PRIMARY_… settings for ${stage} is longer than CTP allows (broker 10, user 15, password 40, app id 32, auth code 16): correct it.`
          )
        }
        if (event.code === -101) {
          return yield* fail(
            "TRADER_SETTING_INVALID",
            `One of the CTP_PRIMARY_… settings for ${stage} holds a control character (TAB, newline or another): correct it.`
          )
        }
        return event
      case "refused":
        return event
      default:
        return event
    }
  }
})

/** Sends one request and waits for its answer. */
const ask = Effect.fnUntraced(function* (
  worker: TraderWorker,
  stage: "authenticate" | "login",
  timeoutMs: number,
  fields: ReadonlyArray<string>
) {
  worker.command(stage, ...fields)
  const answered = Effect.gen(function* () {
    while (true) {
      const event = yield* nextEvent(worker, stage)
      if (event.kind === "refused") return yield* refusal(stage, event.errorId, event.message)
      if (event.kind === "returned") {
        return yield* fail(
          "TRADER_FLOW_CONTROL",
          `The trader library accepts no ${stage} now (${event.code}): try again.`
        )
      }
      if (event.kind === "login") return event.tradingDay
      if (event.kind === "authenticated" && stage === "authenticate") return 0
    }
  })
  return yield* Effect.timeoutOrElse(answered, {
    duration: timeoutMs,
    orElse: () =>
      Effect.fail(
        fail("TRADER_NO_ANSWER", `The trader front did not answer ${stage} within ${timeoutMs} ms: try again.`)
      )
  })
})

const connect = Effect.fnUntraced(function* (worker: TraderWorker, options: TraderOptions) {
  const connected = Effect.gen(function* () {
    while (true) {
      const event = yield* Queue.take(worker.events)
      if (event.kind === "ended") return yield* event.error
      if (event.kind === "connected") return
      if (event.kind === "format" && event.version !== traderFormat) {
        return yield* fail(
          "TRADER_WORKER_MISSING",
          `The contract query ${options.binary} is of another version of tickd: build it with 'npm run build:native'.`
        )
      }
      // Libraries report a lost connection repeatedly before there was one, so only the timeout ends this wait.
    }
  })
  yield* Effect.timeoutOrElse(connected, {
    duration: options.connectTimeoutMs,
    orElse: () =>
      Effect.fail(
        fail(
          "TRADER_NO_CONNECTION",
          `No connection to the trader front ${options.fronts.join(", ")} within ${options.connectTimeoutMs} ms: check CTP_PRIMARY_TD_ADDRESS and the network, or wait until the front opens.`
        )
      )
  })
})

/** Waits for the end of the list while rows arrive. `again`: the front requires the query to be repeated. */
const collect = Effect.fnUntraced(function* (worker: TraderWorker, timeoutMs: number) {
  while (true) {
    const before = worker.rows.length
    const event = yield* Effect.timeoutOption(nextEvent(worker, "query"), timeoutMs)
    if (event._tag === "None") {
      if (worker.rows.length > before) continue
      return yield* before === 0
        ? fail(
            "TRADER_NO_ANSWER",
            `The trader front did not answer the contract query within ${timeoutMs} ms: try again.`
          )
        : fail(
            "TRADER_LIST_CUT",
            `The contract list stopped after ${before} rows without its end, ${timeoutMs} ms ago: nothing of it is used; try again.`
          )
    }
    const { value } = event
    if (value.kind === "end") return "whole" as const
    if (value.kind === "returned") return "again" as const
    if (value.kind === "refused") {
      if (value.errorId === 90) return "again" as const
      return yield* refusal("query", value.errorId, value.message)
    }
  }
})

const listOf = (worker: TraderWorker, tradingDay: number): ContractList => ({
  ...mergeContracts(worker.rows.map(contractOfRow)),
  ...(tradingDay > 0 ? { tradingDay } : {})
})

/**
 * Queries all contracts of a trader front, in a process that runs for this query only.
 * No settlement is confirmed: queries do not need it, and only the account's holder may confirm it.
 * Errors: `ContractCatalogueError` with a `TRADER_…` code. An incomplete list is an error, never a result.
 */
export const queryTraderContracts = (options: TraderOptions): Effect.Effect<ContractList, ContractCatalogueError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const worker = yield* startTraderWorker(options)
      const { brokerId, userId, appId } = options
      yield* connect(worker, options)
      if (appId !== "") {
        yield* ask(worker, "authenticate", options.answerTimeoutMs, [brokerId, userId, appId, options.authCode()])
      }
      const tradingDay = yield* ask(worker, "login", options.answerTimeoutMs, [brokerId, userId, options.password()])
      for (let query = 1; query <= queriesMax; query++) {
        if (query > 1) yield* Effect.sleep(betweenQueriesMs)
        worker.command("query")
        if ((yield* collect(worker, options.listTimeoutMs)) === "again") continue
        const list = listOf(worker, tradingDay)
        if (list.contracts.length > 0) return list
        return yield* fail(
          "CATALOGUE_EMPTY",
          "The trader front has no contract with an id and a known exchange: ask the broker which front serves queries."
        )
      }
      return yield* fail(
        "TRADER_FLOW_CONTROL",
        `The trader front took none of ${queriesMax} contract queries: other programs of this account query too; try again in a minute.`
      )
    })
  )
