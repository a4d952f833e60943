import type { HandCase } from "./hand-case.ts"
import { clockCases } from "./hand-clocks.ts"
import { fieldCases } from "./hand-fields.ts"

/** Cases that no rule of the generator makes: what is wrong, late or contradictory in the fields. */
export const handWritten: ReadonlyArray<HandCase> = [...clockCases, ...fieldCases]
