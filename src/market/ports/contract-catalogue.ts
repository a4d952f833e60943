import { Context, type Effect, Schema } from "effect"
import type { ContractList } from "../../kernel/instrument/contract.ts"

/**
 * What passes by itself: the front opens again, the network comes back, a disk has room, a file or library is replaced,
 * another process is started.
 */
const passing = [
  "TRADER_NO_CONNECTION",
  "TRADER_NO_ANSWER",
  "TRADER_NOT_READY",
  "TRADER_FLOW_CONTROL",
  "TRADER_LINK_LOST",
  "TRADER_LIST_CUT",
  "TRADER_WORKER_DIED",
  "TRADER_WORKER_MISSING",
  "TRADER_LIBRARY_NOT_LOADED",
  "TRADER_FLOW_FOLDER",
  "TRADER_SECRET_FILE",
  "CATALOGUE_MISSING",
  "CATALOGUE_UNREADABLE",
  "CATALOGUE_NOT_JSON",
  "CATALOGUE_EMPTY"
] as const

/** Why a contract list could not be had. `message` is one sentence that names the source and the fix; `code` is stable. */
export class ContractCatalogueError extends Schema.TaggedError<ContractCatalogueError>()("ContractCatalogueError", {
  code: Schema.Literals([
    "CATALOGUE_UNKNOWN_SHAPE",
    "TRADER_VERSION_NOT_SUPPORTED",
    "TRADER_SETTING_TOO_LONG",
    "TRADER_SETTING_INVALID",
    "TRADER_AUTHENTICATION_REFUSED",
    "TRADER_LOGIN_REFUSED",
    "TRADER_QUERY_REFUSED",
    "TRADER_LIST_TOO_LONG",
    ...passing
  ]),
  source: Schema.String,
  message: Schema.String
}) {
  /** A password that is refused stays so until it is changed, and a front locks an account that repeats it. */
  get retryable(): boolean {
    return passing.some((code) => code === this.code)
  }
}

/** The contracts that somebody listed: exchanges for ticks that come without one, price ticks, multipliers, last days. */
export class ContractCatalogue extends Context.Service<
  ContractCatalogue,
  {
    /**
     * The whole list as it stands now, read anew each time: all of it or an error, never a part. Every contract once by
     * exchange and id, at least one of them; what was repeated or could not be used is counted, never silently gone.
     */
    readonly contracts: Effect.Effect<ContractList, ContractCatalogueError>
  }
>()("md/ports/ContractCatalogue") {}
