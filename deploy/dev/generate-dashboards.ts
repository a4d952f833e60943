// Writes deploy/grafana/dashboards/*.json and docs/reference/panels.md from the declarations in deploy/dev/dashboards.
import { mkdirSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"
import { fileURLToPath } from "node:url"
import { dashboardFiles } from "./dashboards/dashboard-files.ts"
import { panelsPage } from "./panels-page.ts"

for (const { path, text } of [...dashboardFiles, { path: "docs/reference/panels.md", text: panelsPage() }]) {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url))
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  console.log(`${path} written`)
}
