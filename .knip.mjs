// What counts as used, for the step "dead code" of `npm run check` (deploy/dev/verify.mjs). Two readings:
//   knip --config .knip.mjs                files, exports and packages that nothing uses, tests included
//   knip --config .knip.mjs --production   what only tests use: entries without `!` do not count there
// An export that its own file uses is reported in the first reading (drop the `export`) and passes in the second,
// where a unit test may reach into a file that ships.
const production = process.argv.includes("--production")

export default {
  entry: [
    "src/app/main.ts!",
    // The two entries of the client's package, deploy/dev/build-client.mjs
    "src/client/{promise-client,tick-client}.ts!",
    // What deploy/dev/generate-*.ts write pages with
    "machines/transition-page.ts!",
    "src/market/layers/causes/causes-page.ts!",
    "src/app/metrics/metric-sections.ts!",
    "src/protocol/control/error-meanings.ts!",
    // Parts of trading that the orchestrator of signals will compose, and exports of trading that one file needs
    ...(production
      ? ["src/trading/application/signals/*.ts!", "src/trading/domain/signal/**/*.ts!"]
      : ["src/trading/**/*.ts!", "actors/trading/*.ts!"]),
    "deploy/{dev,container,operations}/*.{mjs,ts}",
    "tests/vitest.config.ts",
    "tests/**/*.test.ts",
    // Programs that scripts and pages start by path, and children that benches and tests start by path
    "tests/{bench,faults,year,otp}/main.ts",
    "tests/{otp/mutants,bench/recordings,golden/make-trading-time,golden/cut-slices,golden/lightgbm/make-fixtures}.ts",
    "tests/bench/*-child.ts",
    "tests/support/{nats-owner,leaving-program,live-start}.ts",
    "tests/support/loaded-modules.mjs"
  ],
  project: ["{src,actors,machines}/**/*.{ts,mjs}!", "{tests,deploy}/**/*.{ts,mjs,js}"],
  ignoreExportsUsedInFile: production,
  // Programs of the project that scripts start by path, not by name
  ignoreDependencies: production ? [] : ["@biomejs/biome", "@swc/core", "dependency-cruiser", "oxlint"],
  ignoreBinaries: [
    "patch",
    "mount",
    "umount",
    "sha256sum",
    "timedatectl",
    "systemd-sysusers",
    "mkfifo",
    "prlimit",
    "unshare",
    "flock",
    "systemd-analyze",
    "erl",
    "erlc"
  ]
}
