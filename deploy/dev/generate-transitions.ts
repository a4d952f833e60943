// Writes machines/transitions.md from the machines; with --check it only compares, and exits 1 when the page is stale.
import { readFileSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { transitionPage } from "../../machines/transition-page.ts"

const path = fileURLToPath(new URL("../../machines/transitions.md", import.meta.url))
const page = transitionPage()

if (!process.argv.includes("--check")) {
  writeFileSync(path, page)
  console.log("machines/transitions.md written")
} else if (readFileSync(path, "utf8") !== page) {
  console.error("machines/transitions.md is stale: run 'node deploy/dev/generate-transitions.ts'")
  process.exitCode = 1
} else {
  console.log("machines/transitions.md is up to date")
}
