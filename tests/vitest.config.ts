import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

const root = fileURLToPath(new URL("..", import.meta.url))

/** `groupOrder`: when a command runs several projects, one follows the other. */
const project = (name: string, groupOrder: number, settings: object) => ({
  test: {
    name,
    root,
    include: [`tests/${name}/**/*.test.ts`],
    environment: "node",
    sequence: { groupOrder },
    ...settings
  }
})

export default defineConfig({
  root,
  cacheDir: `${root}.cache/vite`,
  test: {
    projects: [
      // Modules are loaded once a worker, not once a file: half the CPU time. A unit test leaves nothing behind.
      // All cores: Vitest leaves one free, which is half of two.
      project("unit", 0, { testTimeout: 20_000, isolate: false, maxWorkers: "100%" }),
      // In virtual time nothing depends on the speed of the machine: a timeout only finds a test that hangs.
      project("simulation", 1, { testTimeout: 600_000, maxWorkers: "100%" }),
      // Real processes, which mostly wait for one another: three files at a time use two cores well.
      project("integration", 2, { testTimeout: 90_000, hookTimeout: 120_000, maxWorkers: 3 }),
      project("acceptance", 3, { testTimeout: 180_000, hookTimeout: 180_000, maxWorkers: 3 })
    ]
  }
})
