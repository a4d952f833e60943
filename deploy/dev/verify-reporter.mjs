// Writes the results of a Vitest run for `npm run verify` as one JSON file at --outputFile: counts, each skipped test
// with its reason, and the duration of each test. Vitest's own JSON report has no reasons.
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
    const report = { passed: 0, failed: 0, skipped: [], notes: [...this.notes], tests: [] }
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state, note } = test.result()
        const name = `${module.relativeModuleId}: ${test.fullName}`
        if (state === "passed") report.passed++
        else if (state === "failed") report.failed++
        // Includes a test that never began because the run was interrupted: it has not passed.
        else report.skipped.push({ name, reason: note?.replace(/^skipped: /, "") ?? "no reason given" })
        report.tests.push({ name, ms: test.diagnostic()?.duration ?? 0 })
      }
      // A file that does not load, a hook that fails, and an error outside a test fail the run without failing a test.
      for (const suite of [module, ...module.children.allSuites()]) if (suite.errors().length > 0) report.failed++
    }
    report.failed += errors.length
    writeFileSync(this.file, JSON.stringify(report))
  }
}
