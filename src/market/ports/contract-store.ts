import { Context, type Effect, Schema } from "effect"
import type { Contract } from "../../kernel/instrument/contract.ts"

/** Result of one source for a version. `problem`: the source gave nothing, and the previous version is used for it. */
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

/** A version that cannot be used, and why. It is reported, and never deleted before its normal expiry. */
export interface DamagedVersion {
  readonly file: string
  readonly reason: string
}

/** The versions cannot be read or written. `message` names the folder and the fix. */
export class ContractStoreError extends Schema.TaggedError<ContractStoreError>()("ContractStoreError", {
  code: Schema.Literals(["CONTRACTS_UNWRITABLE", "CONTRACTS_UNREADABLE"]),
  message: Schema.String
}) {}

/** Store of contract lists, one version for each trading day. */
export class ContractStore extends Context.Service<
  ContractStore,
  {
    /** Trading days that have a version, damaged ones too, oldest first. */
    readonly days: Effect.Effect<ReadonlyArray<number>, ContractStoreError>
    /** The newest intact version of `through` or an earlier day, and the damaged ones found on the way. */
    readonly newest: (
      through: number
    ) => Effect.Effect<
      { readonly version: ContractVersion | undefined; readonly damaged: ReadonlyArray<DamagedVersion> },
      ContractStoreError
    >
    /**
     * Stores a version and replaces another of the same day. After a crash at any moment, either the previous or the
     * new one is there, complete. Then removes the oldest versions beyond the number to keep.
     */
    readonly keep: (version: ContractVersion) => Effect.Effect<void, ContractStoreError>
  }
>()("md/ports/ContractStore") {}
