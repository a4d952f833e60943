// Variables of NATS, of the daemon itself, and of its service manager.
import { variableSection } from "../../../platform/process/variable.ts"

const likeTicks = { en: "the same as for ticks", zh: "与行情相同" }

export const natsSection = variableSection({
  title: { en: "NATS", zh: "NATS" },
  page: "operations/nats-security.md",
  isInExample: true,
  variables: {
    NATS_URL: {
      en: "Servers, nats:// or tls:// with commas between; docker compose sets it.",
      zh: "服务器地址 nats:// 或 tls://，多个用逗号分隔；docker compose 会设置。",
      derived: { en: "nats://127.0.0.1:NATS_PORT", zh: "nats://127.0.0.1:NATS_PORT" },
      example: "nats://127.0.0.1:4222",
      secret: "url"
    },
    NATS_USER: { en: "NATS user.", zh: "NATS 用户。", secret: "account" },
    NATS_PASSWORD: { en: "NATS password; prefer a file.", zh: "NATS 密码；建议改用文件。", secret: "value" },
    NATS_PASSWORD_FILE: {
      en: "File that holds the NATS password; read for each connection.",
      zh: "存放 NATS 密码的文件；每次连接时读取。",
      credential: "NATS_PASSWORD"
    },
    NATS_NKEY_FILE: {
      en: "File with an nkey seed, instead of user and password.",
      zh: "nkey 种子文件，代替用户和密码。",
      credential: "NATS_NKEY"
    },
    NATS_TLS_CA: { en: "Certificate of the authority that signed the server's.", zh: "签发服务器证书的 CA 证书。" },
    NATS_TLS_CERT: { en: "Own certificate, where the server requires one.", zh: "客户端证书（服务器要求时）。" },
    NATS_TLS_KEY: {
      en: "File with the key of that certificate.",
      zh: "该证书的私钥文件。",
      credential: "NATS_TLS_KEY"
    },
    NATS_INBOX_PREFIX: {
      en: "Subject prefix for answers, as the server's permissions require it.",
      zh: "应答主题的前缀，按服务器权限设置。",
      preset: "_INBOX"
    },
    NATS_OPS_URL: {
      en: "Servers of the control plane, where it has its own.",
      zh: "控制面的服务器（单独设置时）。",
      derived: likeTicks,
      secret: "url"
    },
    NATS_OPS_USER: {
      en: "NATS user of the control plane.",
      zh: "控制面的 NATS 用户。",
      derived: likeTicks,
      secret: "account"
    },
    NATS_OPS_PASSWORD: {
      en: "NATS password of the control plane.",
      zh: "控制面的 NATS 密码。",
      derived: likeTicks,
      secret: "value"
    },
    NATS_OPS_PASSWORD_FILE: {
      en: "File that holds the NATS password of the control plane.",
      zh: "存放控制面 NATS 密码的文件。",
      derived: likeTicks,
      credential: "NATS_OPS_PASSWORD"
    },
    NATS_OPS_NKEY_FILE: {
      en: "File with the nkey seed of the control plane.",
      zh: "控制面的 nkey 种子文件。",
      derived: likeTicks,
      credential: "NATS_OPS_NKEY"
    },
    NATS_OPS_INBOX_PREFIX: {
      en: "Subject prefix for answers of the control plane.",
      zh: "控制面应答主题的前缀。",
      derived: likeTicks
    },
    NATS_PORT: {
      en: "Port of the embedded server (run --embedded-nats only); 0: any free one.",
      zh: "内嵌服务器的端口（仅用于 run --embedded-nats）；0 为任意空闲端口。",
      preset: "4222"
    }
  }
})

export const daemonSection = variableSection({
  title: { en: "The daemon itself", zh: "守护进程" },
  page: "operations/real-front.md",
  isInExample: true,
  variables: {
    TICKD_INSTANCE: {
      en: "Name of this daemon.",
      zh: "守护进程的名称。",
      derived: { en: "the host's name", zh: "主机名" }
    },
    TICKD_STATE_DIR: {
      en: "Folder of epochs, audit, contract lists and spool, at most 190 bytes.",
      zh: "存放纪元、审计、合约表与缓冲的目录，最多 190 字节。",
      preset: ".state"
    },
    INGEST_METRICS_HOST: {
      en: "Address on which /metrics, /healthz, /readyz and /status are served.",
      zh: "提供 /metrics、/healthz、/readyz、/status 的地址。",
      preset: "127.0.0.1"
    },
    INGEST_METRICS_PORT: { en: "Port for these; 0: any free one.", zh: "其端口；0 为任意空闲端口。", preset: "9100" },
    SUBSCRIPTION_METRICS_HOST: {
      en: "Address on which the subscription metrics of the reference service are served.",
      zh: "监听地址，用于提供原服务的订阅指标。",
      derived: { en: "that of INGEST_METRICS_HOST", zh: "同 INGEST_METRICS_HOST" }
    },
    SUBSCRIPTION_METRICS_PORT: {
      en: "Port for these; 0: they are not served.",
      zh: "其端口；0 为不提供。",
      derived: {
        en: "9101 where INGEST_METRICS_PORT is 9100, else 0",
        zh: "INGEST_METRICS_PORT 为 9100 时是 9101，否则为 0"
      }
    },
    LOG_LEVEL: { en: "Lowest level that is logged: DEBUG, INFO, WARNING, ERROR.", zh: "日志级别。", preset: "INFO" },
    DRILLS_ENABLED: {
      en: "1: tickd inject may cause faults on this daemon.",
      zh: "1：允许 tickd inject 在本进程注入故障。",
      preset: "0"
    },
    TICKD_SHUTDOWN_DEADLINE_MS: {
      en: "Time limit of a drain; then the process ends with 70.",
      zh: "排空的时限；超时后进程以 70 退出。",
      preset: "30000",
      unit: "ms"
    }
  }
})

export const traceSection = variableSection({
  title: { en: "Tracing", zh: "链路追踪" },
  page: "operations/tracing.md",
  isInExample: true,
  variables: {
    OTEL_EXPORTER_OTLP_ENDPOINT: {
      en: "Base address of the collector for traces of commands, switches, repairs and runbooks; omit to disable.",
      zh: "采集器的基础地址，用于指令、切换、修复与 runbook 的链路追踪；不设置即关闭。",
      example: "http://127.0.0.1:4318"
    },
    OTEL_EXPORTER_OTLP_HEADERS: {
      en: "Headers for the collector, name=value with commas between; prefer a file.",
      zh: "发送给采集器的请求头，name=value，逗号分隔；建议改用文件。",
      secret: "value"
    },
    OTEL_EXPORTER_OTLP_HEADERS_FILE: {
      en: "File that holds these headers; read for each request.",
      zh: "存放这些请求头的文件；每次请求时读取。",
      credential: "OTEL_EXPORTER_OTLP_HEADERS"
    }
  }
})

export const serviceManagerSection = variableSection({
  title: { en: "Set by systemd", zh: "由 systemd 设置" },
  page: "SUPERVISION.md",
  isInExample: false,
  variables: {
    NOTIFY_SOCKET: { en: "Socket to which the daemon reports that it is ready.", zh: "报告就绪的套接字。" },
    WATCHDOG_USEC: { en: "Interval of the watchdog.", zh: "看门狗间隔。", unit: "µs" },
    CREDENTIALS_DIRECTORY: {
      en: "Folder of the credentials of LoadCredential; they go before files and variables.",
      zh: "LoadCredential 的凭据目录；优先于文件与变量。"
    },
    WATCHDOG_PID: { en: "Process for which the watchdog is meant.", zh: "看门狗针对的进程号。" }
  }
})
