// Writes the results of a Vitest run for `npm run verify` as one JSON file at --outputFile: counts, each failure with
// the first line of its reason, each skipped test with its reason, and the duration of each test. Vitest's own JSON
// report has no reasons.
import { writeFileSync } from "node:fs"

export default class VerifyReporter {
  /** Lines that tests print about a part that they could not run here. */
  notes = new Set()

  onInit({ config }) {
    this.file = config.outputFile
  }

  onUserConsoleLog({ content }) {
    for (const [, note] of content.matchAll(/^skipped: (.+)$/gm)) this.notes.add(note)
  }

  onTestRunEnd(modules, errors) {
    const report = { passed: 0, failed: 0, failures: [], skipped: [], notes: [...this.notes], tests: [] }
    const fail = (name, error) => {
      report.failed++
      report.failures.push({ name, reason: String(error?.message ?? error).split("\n")[0] })
    }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { errors: reasons, note, state } = test.result()
        const name = `${module.relativeModuleId}: ${test.fullName}`
        if (state === "passed") report.passed++
        else if (state === "failed") fail(name, reasons?.[0])
        // Includes a test that never began because the run was interrupted: it has not passed.
        else report.skipped.push({ name, reason: note?.replace(/^skipped: /, "") ?? "no reason given" })
        report.tests.push({ name, ms: test.diagnostic()?.duration ?? 0 })
      }
      // A file that does not load, a hook that fails, and an error outside a test fail the run without failing a test.
      for (const suite of [module, ...module.children.allSuites()]) {
        const [error] = suite.errors()
        if (error !== undefined) fail(`${module.relativeModuleId}: outside a test`, error)
      }
    }
    for (const error of errors) fail("the run", error)
    writeFileSync(this.file, JSON.stringify(report))
  }
}
