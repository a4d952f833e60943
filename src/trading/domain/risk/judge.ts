import { flowChecks } from "./checks/flow-checks.ts"
import { priceChecks } from "./checks/price-checks.ts"
import { sizeChecks } from "./checks/size-checks.ts"
import { stateChecks } from "./checks/state-checks.ts"
import { exposureOf } from "./exposure.ts"
import type { Check, Finding } from "./finding.ts"
import type { GateView, Proposal } from "./gate-view.ts"
import type { OrderKind } from "./safety.ts"

/** Every check of the gate, in the order of the report. */
export const checks: ReadonlyArray<Check> = [...stateChecks, ...priceChecks, ...sizeChecks, ...flowChecks]

/** What the gate decided. `findings` has every warning and every refusal, not only the first. */
export interface Judgement {
  readonly allowed: boolean
  readonly kind: OrderKind
  readonly findings: ReadonlyArray<Finding>
}

/**
 * Judges one order on one view. All checks are evaluated. A check that throws refuses: a bug in a check must not let
 * an order through.
 */
export const judge = (view: GateView, proposal: Proposal): Judgement => {
  const exposure = exposureOf(view, proposal)
  const findings: Array<Finding> = []
  for (const check of checks) {
    try {
      const { outcome, message } = check.judge(view, proposal, exposure)
      if (outcome !== "pass") findings.push({ code: check.code, outcome, message })
    } catch (error) {
      findings.push({ code: check.code, outcome: "refuse", message: `the check failed: ${error}` })
    }
  }
  return { allowed: findings.every(({ outcome }) => outcome !== "refuse"), kind: exposure.kind, findings }
}
