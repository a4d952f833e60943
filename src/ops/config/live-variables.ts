import { Schema } from "effect"
import { variableSection } from "../../platform/process/variable.ts"
import { runtimeNames } from "../domain/runtime-words.ts"

const flag = Schema.Literals(["0", "1"])
const address = Schema.String.check(Schema.isPattern(/^https?:\/\/[^\s/?#]+[^\s?#]*$/))
const unit = Schema.String.check(Schema.isPattern(/^[A-Za-z0-9_.@\\:-]+\.service$/))
/** What docker compose accepts as the name of a project. */
const project = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9_-]*$/))

/** Variables of `tickd live` that no other program has. */
export const LiveEnvironment = Schema.Struct({
  TICKD_RUN_DIR: Schema.optionalKey(Schema.String),
  MANAGE_NATS: Schema.optionalKey(flag),
  MANAGE_MONITORING: Schema.optionalKey(flag),
  MANAGE_OPS_API: Schema.optionalKey(flag),
  PUSHGATEWAY_URL: Schema.optionalKey(address),
  PROMETHEUS_URL: Schema.optionalKey(address),
  ALERTMANAGER_URL: Schema.optionalKey(address),
  TICKD_ALERT_RECEIVERS_DIR: Schema.optionalKey(Schema.String),
  TICKD_RUNTIME: Schema.optionalKey(Schema.Literals(runtimeNames)),
  TICKD_UNIT_NATS: Schema.optionalKey(unit),
  TICKD_UNIT_TICKD: Schema.optionalKey(unit),
  TICKD_UNIT_PUSHGATEWAY: Schema.optionalKey(unit),
  TICKD_UNIT_PROMETHEUS: Schema.optionalKey(unit),
  TICKD_UNIT_ALERTMANAGER: Schema.optionalKey(unit),
  TICKD_COMPOSE_PROJECT: Schema.optionalKey(project),
  TICKD_COMPOSE_FILE: Schema.optionalKey(Schema.String)
})

/** What is said about the variables of the runbooks. */
export const liveSection = variableSection({
  title: { en: "Runbooks", zh: "运行手册" },
  page: "operations/live.md",
  isInExample: true,
  fields: LiveEnvironment.fields,
  variables: {
    TICKD_RUN_DIR: {
      en: "Folder of process ids, kept settings and the journal of the runbooks; only its owner may read it.",
      zh: "存放进程号、已保存设置与运行手册日志记录的目录，仅属主可读。",
      preset: "run"
    },
    MANAGE_NATS: {
      en: "0: the runbooks prove NATS and neither start nor stop it.",
      zh: "0：运行手册只检查 NATS，不启动也不停止它。",
      preset: "1"
    },
    MANAGE_MONITORING: {
      en: "0: the runbooks leave Pushgateway, Prometheus and Alertmanager alone.",
      zh: "0：运行手册不管理 Pushgateway、Prometheus 与 Alertmanager。",
      preset: "1"
    },
    MANAGE_OPS_API: {
      en: "1: the runbooks start and stop the operations console too.",
      zh: "1：运行手册也启动和停止运维控制台。",
      preset: "0"
    },
    PUSHGATEWAY_URL: {
      en: "Gateway to which runbooks and health check push metrics; health check pushes only when it is set.",
      zh: "runbook 与 health check 推送监控指标所用的网关；health check 仅在设置后推送。",
      example: "http://127.0.0.1:9091"
    },
    PROMETHEUS_URL: {
      en: "Address at which the runbooks ask Prometheus.",
      zh: "运行手册查询 Prometheus 的地址。",
      preset: "http://127.0.0.1:9090"
    },
    ALERTMANAGER_URL: {
      en: "Where Prometheus sends alerts and a drill its silence; of this machine: started here. Empty: no alert is sent.",
      zh: "Prometheus 发送告警、演练设置静默的地址；属于本机时由运行手册启动。设为空则不发送告警。",
      preset: "http://127.0.0.1:9093"
    },
    TICKD_ALERT_RECEIVERS_DIR: {
      en: "Folder of critical.url, warning.url and watchdog.url: the addresses that get alerts.",
      zh: "存放 critical.url、warning.url 与 watchdog.url 的目录，即告警的接收地址。",
      preset: "/etc/tickd/alertmanager"
    },
    TICKD_RUNTIME: {
      en: "How the runbooks run programs: process, systemd or compose; omit to choose by what the machine has.",
      zh: "运行手册以何种方式运行程序：process、systemd 或 compose；不设则按本机情况选择。",
      example: "systemd"
    },
    TICKD_UNIT_NATS: {
      en: "systemd unit of nats-server.",
      zh: "nats-server 的 systemd 单元。",
      preset: "tickd-nats.service"
    },
    TICKD_UNIT_TICKD: {
      en: "systemd unit of the daemon.",
      zh: "守护进程的 systemd 单元。",
      preset: "tickd.service"
    },
    TICKD_UNIT_PUSHGATEWAY: {
      en: "systemd unit of Pushgateway.",
      zh: "Pushgateway 的 systemd 单元。",
      preset: "tickd-pushgateway.service"
    },
    TICKD_UNIT_PROMETHEUS: {
      en: "systemd unit of Prometheus.",
      zh: "Prometheus 的 systemd 单元。",
      preset: "tickd-prometheus.service"
    },
    TICKD_UNIT_ALERTMANAGER: {
      en: "systemd unit of Alertmanager.",
      zh: "Alertmanager 的 systemd 单元。",
      preset: "tickd-alertmanager.service"
    },
    TICKD_COMPOSE_PROJECT: {
      en: "Project of docker compose; set it on a machine whose programs are containers.",
      zh: "docker compose 的项目名；程序以容器运行的机器上应设置它。",
      preset: "tickd"
    },
    TICKD_COMPOSE_FILE: {
      en: "Compose file of the runbooks; omit for docker-compose.yml of this version.",
      zh: "运行手册所用的 compose 文件；不设则用本版本的 docker-compose.yml。",
      example: "/etc/tickd/docker-compose.yml"
    }
  }
})
