import { Effect } from "effect"
import { OverflowAccount } from "../../application/overflow-account.ts"
import { makeTickQueue } from "../../application/tick-queue.ts"
import { overflowPolicies } from "../../domain/overflow-policy.ts"
import { SlabPool } from "../../domain/tick-slab.ts"
import { sizes } from "./scale.ts"

/** The daemon's queue with one of its policies: each is lived by every third seed. */
export const makeSimQueue = Effect.fnUntraced(function* (seed: number) {
  const pool = new SlabPool({ rows: sizes.slabRows, keep: 16 })
  const overflow = new OverflowAccount(overflowPolicies[seed % overflowPolicies.length] ?? "drop-newest")
  return { pool, overflow, queue: yield* makeTickQueue(sizes.queueTicks, { account: overflow, pool }) }
})
