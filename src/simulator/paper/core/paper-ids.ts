import { sha256Hex } from "../../../kernel/sha256.ts"
import type { InstantNs } from "../../../kernel/time/utc-instant.ts"
import { mix32, stateOf } from "../../market/seeded-random.ts"

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const base32 = (value: bigint, digits: number): string => {
  let text = ""
  for (let rest = value, at = 0; at < digits; at++, rest >>= 5n) text = crockford[Number(rest & 31n)] + text
  return text
}

/** Ids of one venue: the same seed gives the same ids in the same sequence. */
export interface PaperIds {
  readonly uuid: (kind: string) => string
  /** A ULID that sorts as its events do: the count stands where others put chance. */
  readonly ulid: (at: InstantNs) => string
}

export const uuidOf = (text: string): string => {
  const hex = sha256Hex(text)
  const variant = "89ab"[Number.parseInt(hex[16] as string, 16) & 3] as string
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32)
  ].join("-")
}

export const makePaperIds = (seed: number): PaperIds => {
  let uuids = 0
  let ulids = 0n
  return {
    uuid: (kind) => uuidOf(`${seed}:${kind}:${uuids++}`),
    ulid: (at) => base32(at / 1_000_000n, 10) + base32(ulids++, 16)
  }
}

/** A number in [0, 1) that depends on the seed and the text only, and not on what was asked before. */
export const chanceOf = (seed: number, text: string): number => mix32(stateOf(seed, text)) / 2 ** 32
