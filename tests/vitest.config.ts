import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL("..", import.meta.url))

/** Unit tests run side by side; tests with real processes one file at a time, since they share two cores with those. */
const project = (name: string, settings: object) => ({
  test: { name, root, include: [`tests/${name}/**/*.test.ts`], environment: "node", ...settings }
})

export default defineConfig({
  root,
  cacheDir: `${root}.cache/vite`,
  test: {
    projects: [
      // Modules are loaded once a worker, not once a file: half the CPU time. A unit test leaves nothing behind.
      project("unit", { testTimeout: 20_000, isolate: false }),
      project("simulation", { testTimeout: 60_000 }),
      project("integration", { testTimeout: 90_000, hookTimeout: 120_000, maxWorkers: 2 }),
      project("acceptance", { testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: 2 })
    ]
  }
})
