// Consumers get plain interfaces without effect; schemas define what the daemon writes. Both must be equal.
import { assert, it } from "@effect/vitest"
import type { GapMessage as GapFields } from "../../../src/protocol/market/gap-fields.ts"
import type { GapMessage } from "../../../src/protocol/market/gap-message.ts"
import type { TickMessage as TickFields } from "../../../src/protocol/market/tick/tick-fields.ts"
import type { TickMessage } from "../../../src/protocol/market/tick/tick-schema.ts"

type Plain<A> = { readonly [K in keyof A]: A[K] }
/** Equal in every key, its type, and whether it may be absent. */
type Same<A, B> = (<T>() => T extends Plain<A> ? 1 : 2) extends <T>() => T extends Plain<B> ? 1 : 2 ? true : false

it("U7: the interfaces of the client package are the types of the schemas", () => {
  // The compiler is the test: a difference makes one of these `false`.
  const tick: Same<TickFields, TickMessage> = true
  const gap: Same<GapFields, GapMessage> = true
  // @ts-expect-error a key more is a difference
  const more: Same<TickFields & { readonly more?: number }, TickMessage> = true
  assert.deepStrictEqual([tick, gap, more], [true, true, true])
})
