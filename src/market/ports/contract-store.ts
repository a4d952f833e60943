import { Context, type Effect, Schema } from "effect"
import type { Contract } from "../../kernel/instrument/contract.ts"

/** What one source gave to a version. `problem`: it gave nothing, and the former version stood in for it. */
export interface VersionSource {
  readonly name: string
  readonly contracts: number
  readonly problem?: string
}

/** The merged contract list of one trading day. */
export interface ContractVersion {
  /** yyyymmdd */
  readonly tradingDay: number
  /** Epoch milliseconds. */
  readonly writtenMs: number
  readonly sources: ReadonlyArray<VersionSource>
  readonly contracts: ReadonlyArray<Contract>
}

/** A version that cannot be used, and why: told, never deleted by the daemon before its time. */
export interface DamagedVersion {
  readonly file: string
  readonly reason: string
}

/** The versions cannot be read or written. `message` names the folder and the fix. */
export class ContractStoreError extends Schema.TaggedError<ContractStoreError>()("ContractStoreError", {
  code: Schema.Literals(["CONTRACTS_UNWRITABLE", "CONTRACTS_UNREADABLE"]),
  message: Schema.String
}) {}

/** Where contract lists are kept, one version a trading day. */
export class ContractStore extends Context.Service<
  ContractStore,
  {
    /** Trading days that have a version, damaged ones too, oldest first. */
    readonly days: Effect.Effect<ReadonlyArray<number>, ContractStoreError>
    /** The newest undamaged version of `through` or an earlier day, and the damaged ones met on the way to it. */
    readonly newest: (
      through: number
    ) => Effect.Effect<
      { readonly version: ContractVersion | undefined; readonly damaged: ReadonlyArray<DamagedVersion> },
      ContractStoreError
    >
    /**
     * Keeps a version, in place of another of its day: after a crash at any moment either the former or the new one is
     * there, whole. Then the oldest versions beyond the number that is kept are removed.
     */
    readonly keep: (version: ContractVersion) => Effect.Effect<void, ContractStoreError>
  }
>()("md/ports/ContractStore") {}
