// What is said about the variables of the context ops, for the example file, the reference page and `tickd env`.
import { variableSection, variablesOf } from "../../platform/process/variable.ts"
import { backupSection } from "./backup-variables.ts"
import { drillSection } from "./drill-variables.ts"
import { liveSection } from "./live-variables.ts"
import { notifySection } from "./notify-section.ts"
import { RetentionEnvironment } from "./retention-variables.ts"
import { scriptSection } from "./script-variables.ts"

const retentionSection = variableSection({
  title: { en: "Retention of logs", zh: "日志保留" },
  page: "operations/retention.md",
  isInExample: true,
  fields: RetentionEnvironment.fields,
  variables: {
    TICKD_RETENTION_DIR: {
      en: "Folder of logs with runbooks, archive, screenshots and incidents in it.",
      zh: "日志目录，其中有 runbooks、archive、screenshots、incidents。",
      preset: "logs"
    },
    TICKD_RETENTION_RUNBOOK_DAYS: {
      en: "Days that logs of runbooks and their archives are kept.",
      zh: "runbook 日志及其归档的保留天数。",
      preset: "30",
      unit: "days"
    },
    TICKD_RETENTION_SCREENSHOT_DAYS: {
      en: "Days that screenshots are kept.",
      zh: "截图的保留天数。",
      preset: "7",
      unit: "days"
    },
    TICKD_RETENTION_INCIDENT_DAYS: {
      en: "Days that incident reports are kept.",
      zh: "事件报告的保留天数。",
      preset: "90",
      unit: "days"
    }
  }
})

/** Every variable of the context ops. */
export const opsVariables = variablesOf([
  notifySection,
  retentionSection,
  backupSection,
  liveSection,
  scriptSection,
  drillSection
])
