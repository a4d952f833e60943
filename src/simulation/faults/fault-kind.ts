import { recordF64, recordI32 } from "../../kernel/tick/tick-slab.ts"
import type { SimFront } from "../world/sim-front.ts"
import type { World } from "../world/world.ts"
import type { Dice } from "./dice.ts"
import type { FrontTroubles } from "./front-troubles.ts"

/** Result of a fault; undefined when it was not possible. `endsMs`: time until it is reverted. */
export interface Injected {
  readonly text: string
  readonly lastsMs?: number
  readonly end?: () => void
}

export interface FaultKind {
  readonly name: string
  /** Weight in the draw. */
  readonly weight: number
  readonly inject: (world: World, dice: Dice) => Injected | undefined
}

type Trouble = keyof FrontTroubles

/** A front of the running daemon; undefined: none runs. */
export const frontOf = (world: World, dice: Dice): SimFront | undefined => {
  const life = world.life()
  return life === undefined ? undefined : dice.pick(life.fronts)
}

/** A lasting trouble of one front. */
export const trouble = <Key extends Trouble>(
  name: string,
  weight: number,
  key: Key,
  value: (dice: Dice) => FrontTroubles[Key],
  longestMs: number,
  then: (front: SimFront) => void = () => undefined
): FaultKind => ({
  name,
  weight,
  inject: (world, dice) => {
    const front = frontOf(world, dice)
    if (front === undefined) return undefined
    const lastsMs = dice.whole(500, longestMs)
    front.troubles[key] = value(dice)
    then(front)
    return {
      text: `${front.feed} for ${lastsMs} ms: ${String(front.troubles[key])}`,
      lastsMs,
      end: () => {
        front.troubles[key] = (typeof front.troubles[key] === "boolean" ? false : 0) as FrontTroubles[Key]
      }
    }
  }
})

export const once = (
  name: string,
  weight: number,
  act: (front: SimFront, dice: Dice, world: World) => boolean
): FaultKind => ({
  name,
  weight,
  inject: (world, dice) => {
    const front = frontOf(world, dice)
    return front !== undefined && act(front, dice, world) ? { text: front.feed } : undefined
  }
})

/** `spoil` undefined: the records are repeated unchanged. */
export const spoilt = (
  name: string,
  weight: number,
  spoil: ((i32: Int32Array, f64: Float64Array) => void) | undefined
): FaultKind =>
  once(name, weight, (front, dice) =>
    front.sendSpoilt(dice.whole(1, 20), (record) => {
      const buffer = record.buffer as ArrayBuffer
      spoil?.(new Int32Array(buffer, 0, recordI32), new Float64Array(buffer, 0, recordF64))
      return spoil === undefined
    })
  )
