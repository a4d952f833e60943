import { Context, type Effect, Schema } from "effect"
import type { ContractList } from "../../kernel/instrument/contract.ts"

/**
 * Faults that pass without a change by an operator: the front opens again, the network recovers, a disk has space, a
 * file or library is replaced, another process is started.
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

/**
 * Why a contract list is not available. `message` is one sentence that names the source and the fix; `code` is
 * stable.
 */
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
  /** A rejected password stays rejected until it is changed, and a front locks an account after repeated failures. */
  get retryable(): boolean {
    return passing.some((code) => code === this.code)
  }
}

/** The listed contracts: exchanges for ticks that arrive without one, price ticks, multipliers, last days. */
export class ContractCatalogue extends Context.Service<
  ContractCatalogue,
  {
    /**
     * The current list, read anew each time. Returns all of it or an error, never a part. Each contract appears once
     * by exchange and id, and there is at least one. Repeated and unusable entries are counted.
     */
    readonly contracts: Effect.Effect<ContractList, ContractCatalogueError>
  }
>()("md/ports/ContractCatalogue") {}
