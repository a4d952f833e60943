import { Context, type Effect, Schema } from "effect"
import type { ContractList } from "../../domain/contract.ts"

/**
 * Why a contract list could not be had. `message` is one sentence that names the source and the fix; `code` is stable.
 * Reading it again gives the same answer until somebody changes the source, so none of these is worth a retry.
 */
export class ContractCatalogueError extends Schema.TaggedError<ContractCatalogueError>()("ContractCatalogueError", {
  code: Schema.Literals([
    "CATALOGUE_MISSING",
    "CATALOGUE_UNREADABLE",
    "CATALOGUE_NOT_JSON",
    "CATALOGUE_UNKNOWN_SHAPE",
    "CATALOGUE_EMPTY"
  ]),
  source: Schema.String,
  message: Schema.String
}) {}

/** The contracts that somebody listed: exchanges for ticks that come without one, price ticks, multipliers, last days. */
export class ContractCatalogue extends Context.Service<
  ContractCatalogue,
  {
    /**
     * The whole list as it stands now, read anew each time. Every contract once by exchange and id, at least one of
     * them; what was repeated or could not be used is counted, never silently gone.
     */
    readonly contracts: Effect.Effect<ContractList, ContractCatalogueError>
  }
>()("md/ports/ContractCatalogue") {}
