// A vendor's library may store its environment in a dump that others read.
import { assert, it } from "@effect/vitest"
import { withoutSecrets } from "../../../../src/platform/process/child-environment.ts"

it("a process of the vendor gets neither secrets nor the way to them", () => {
  const secret = {
    CTP_PRIMARY_PASSWORD: "x",
    CTP_BACKUP_PASSWORD_FILE: "/run/x",
    NATS_URL: "nats://u:p@h",
    TICKD_NOTIFY_SLACK_URL: "https://hooks/x",
    CREDENTIALS_DIRECTORY: "/run/credentials/tickd"
  }
  const kept = { PATH: "/bin", TZ: "Asia/Shanghai", TICKD_SIM_RATE: "1", OTHER_CREDENTIALS_DIRECTORY_X: "1" }
  assert.deepStrictEqual(withoutSecrets({ ...secret, ...kept }), kept)
})
