import type { HandCase } from "./hand-case.ts"
import { clockCases } from "./hand-clocks.ts"
import { fieldCases } from "./hand-fields.ts"

/** Cases that the generator's rules do not produce: wrong, late or contradictory fields. */
export const handWritten: ReadonlyArray<HandCase> = [...clockCases, ...fieldCases]
