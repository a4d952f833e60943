// What counts as used, for the step "dead code" of `npm run check` (deploy/dev/verify.mjs). Two readings:
//   knip --config .knip.mjs                files, exports and packages that nothing uses, tests included
//   knip --config .knip.mjs --production   what only tests use: entries without `!` do not count there
// An export that its own file uses is reported in the first reading (drop the `export`) and passes in the second,
// where a unit test may reach into a file that ships.
const production = process.argv.includes("--production")

export default {
  entry: [
    // Ports of the runbooks whose adapters are being written (issue in work)
    "src/ops/{application/live/stack-runtime,domain/live-settings,config/live-settings}.ts!",
    "src/ops/adapters/files/{run-lock-file,run-log-file,audit-line-file,run-journal}.ts!",
    "src/ops/{application/live/record-checkpoint,adapters/files/checkpoint-log-file,layers/live/operators-layer}.ts!",
    "src/ops/adapters/process/process-host.ts!",
    "src/ops/layers/drill/{drill-proofs,drill-record}.ts!",
    "src/ops/adapters/{nats/run-events,pushgateway/push-metrics}.ts!",
    "src/app/main.ts!",
    "src/ops/adapters/nats/daemon-control.ts!",
    "src/{ops/layers/live/health-layer,app/live/run-configuration}.ts!",
    // The two entries of the client's package, deploy/dev/build-client.mjs
    "src/client/{promise-client,tick-client}.ts!",
    // What deploy/dev/generate-*.ts write pages with
    "machines/transition-page.ts!",
    "src/market/layers/causes/causes-page.ts!",
    "src/protocol/control/error-meanings.ts!",
    "deploy/dev/*.{mjs,ts}",
    "tests/vitest.config.ts",
    "tests/**/*.test.ts",
    // Programs that scripts and pages start by path, and children that benches and tests start by path
    "tests/{bench,faults,year,otp}/main.ts",
    "tests/{otp/mutants,bench/recordings,golden/make-trading-time,golden/cut-slices}.ts",
    "tests/bench/*-child.ts",
    "tests/support/{nats-owner,leaving-program,live-start}.ts",
    "tests/support/loaded-modules.mjs"
  ],
  project: ["{src,actors,machines}/**/*.{ts,mjs}!", "{tests,deploy}/**/*.{ts,mjs,js}"],
  ignoreExportsUsedInFile: production,
  // Programs of the project that scripts start by path, not by name
  ignoreDependencies: production ? [] : ["@biomejs/biome", "@swc/core", "dependency-cruiser", "oxlint"],
  ignoreBinaries: ["patch", "timedatectl", "mkfifo", "unshare", "flock", "systemd-analyze", "erl", "erlc"]
}
