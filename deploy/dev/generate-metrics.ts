// Writes docs/reference/metrics.md from the declarations of the metrics.
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { metricsPage } from "./metrics-page.ts"

writeFileSync(fileURLToPath(new URL("../../docs/reference/metrics.md", import.meta.url)), metricsPage())
console.log("docs/reference/metrics.md written")
