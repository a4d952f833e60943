// Variables that the daemon does not read: of docker compose, the command line, scripts, tests and simulated libraries.
import { variableSection } from "../../../platform/process/variable.ts"

export const composeSection = variableSection({
  title: { en: "Of docker-compose.yml", zh: "docker-compose.yml 使用的变量" },
  page: "operations/containers.md",
  isInExample: true,
  variables: {
    TICKD_ENV_FILE: {
      en: "Path of this file: the container gets all of it.",
      zh: "本文件的路径：内容也会传入容器。",
      preset: "./deploy/tickd.env.example",
      example: "./deploy/tickd.env",
      isSetInExample: true
    },
    CTP_FOLDER: {
      en: "Folder with thostmduserapi_se.so, contracts.json and the password files.",
      zh: "存放厂商库、合约表与密码文件的目录。",
      preset: "./ctp",
      isSetInExample: true
    },
    TICKD_IMAGE: {
      en: "Image of tickd with its tag, or better with its digest.",
      zh: "tickd 镜像，带标签；最好带摘要。",
      preset: "tickd:local",
      example: "registry.example/tickd@sha256:0000000000000000000000000000000000000000000000000000000000000000"
    },
    GRAFANA_ADMIN_PASSWORD_FILE: {
      en: "File with the password of Grafana's user admin.",
      zh: "存放 Grafana 用户 admin 密码的文件。",
      preset: "./ctp/grafana-password"
    },
    TICKD_TRADE_ENV_FILE: {
      en: "Path of the variables of the service trading.",
      zh: "trading 服务所用变量文件的路径。",
      preset: "./deploy/trade.env.example",
      example: "./deploy/trade.env"
    },
    TICKD_TRADE_INSTANCE: {
      en: "TICKD_INSTANCE of the service trading.",
      zh: "trading 服务的 TICKD_INSTANCE。",
      preset: "trading"
    },
    TICKD_SETTINGS: {
      en: "Set by tickd live: hash of the settings with which it has started the container.",
      zh: "由 tickd live 设置：启动容器所用设置的哈希。",
      example: "0123456789ab"
    }
  }
})

export const commandLineSection = variableSection({
  title: { en: "Of the command line", zh: "命令行使用的变量" },
  page: "reference/cli.md",
  isInExample: false,
  variables: {
    NATS_SERVER: {
      en: "The nats-server program to run.",
      zh: "要运行的 nats-server 程序。",
      derived: { en: "PATH, the project's cache, or fetched", zh: "PATH、项目缓存，或下载" }
    },
    TICKD_NATS_ROUTES: {
      en: "Sources of nats-server when PATH has none, separated by blanks.",
      zh: "PATH 中没有 nats-server 时的来源，用空格分隔。",
      preset: "cache docker debian release"
    },
    XDG_CONFIG_HOME: {
      en: "Folder in which --context looks for nats/context.",
      zh: "--context 在此目录的 nats/context 中查找上下文。",
      preset: "~/.config"
    },
    NO_COLOR: { en: "If not empty: no colour on a terminal.", zh: "非空时终端不用颜色。" },
    TERM: { en: "dumb: no colour on a terminal.", zh: "dumb：终端不用颜色。" },
    PATH: { en: "Folders in which nats-server is searched.", zh: "查找 nats-server 的目录。" }
  }
})

export const scriptSection = variableSection({
  title: { en: "Of scripts and tests", zh: "脚本与测试使用的变量" },
  page: "CONTRIBUTING.md",
  isInExample: false,
  variables: {
    TICKD_NODE: {
      en: "Set by tickd to own when it starts itself again with another Node.",
      zh: "tickd 以另一个 Node 重新启动自身时设为 own。"
    },
    TICKD_ROOT: {
      en: "Folder of the project, for the script that fetches nats-server.",
      zh: "项目目录，供获取 nats-server 的脚本使用。",
      derived: { en: "the folder of the script", zh: "脚本所在项目" }
    },
    TICKD_NATS_SUITE: { en: "Debian suite of nats-server.", zh: "nats-server 的 Debian 版本代号。", preset: "trixie" },
    TICKD_NATS_RELEASE: { en: "Release of nats-server.", zh: "nats-server 的发布版本。", preset: "v2.10.27" },
    DEBIAN_MIRROR: {
      en: "Debian mirror from which nats-server is fetched.",
      zh: "获取 nats-server 的 Debian 镜像。",
      derived: { en: "the mirror of apt", zh: "apt 的镜像" }
    },
    DEBIAN_KEYRING: {
      en: "Keys that sign the Debian archive.",
      zh: "Debian 归档的签名密钥。",
      preset: "/usr/share/keyrings/debian-archive-keyring.gpg"
    },
    TICKD_RECORDINGS: {
      en: "Folder of recordings that tests and benches replay.",
      zh: "测试与基准重放的录制目录。"
    }
  }
})

export const simulationSection = variableSection({
  title: { en: "Of the simulated vendor libraries", zh: "模拟厂商库使用的变量" },
  page: "reference/front-protocol.md",
  isInExample: false,
  variables: {
    TICKD_SIM_RECONNECT_MS: {
      en: "Pause between two connections.",
      zh: "两次连接之间的间隔。",
      preset: "1000",
      unit: "ms"
    },
    TICKD_SIM_SILENCE_MS: {
      en: "Silence of the front that ends the link.",
      zh: "前置静默多久断开连接。",
      preset: "120000",
      unit: "ms"
    },
    TICKD_SIM_CRASH_AFTER: {
      en: "Crash after so many ticks; 0: never.",
      zh: "收到多少笔行情后崩溃；0 为从不。",
      preset: "0",
      unit: "ticks"
    },
    TICKD_SIM_HANG_RELEASE: { en: "1: Release never returns.", zh: "1：Release 不返回。", preset: "0" },
    TICKD_SIM_HANG_LOGIN: { en: "1: ReqUserLogin never returns.", zh: "1：ReqUserLogin 不返回。", preset: "0" },
    TICKD_SIM_TD_CONTRACTS: {
      en: "Number of contracts that are generated.",
      zh: "生成的合约数。",
      preset: "20000",
      unit: "contracts"
    },
    TICKD_SIM_TD_FILE: { en: "File from which contracts are read instead.", zh: "改从该文件读取合约。" },
    TICKD_SIM_TD_EXPECT: {
      en: "BROKER:USER:PASSWORD:APPID:AUTHCODE that a login must bring.",
      zh: "登录必须携带的 BROKER:USER:PASSWORD:APPID:AUTHCODE。",
      secret: "value"
    },
    TICKD_SIM_TD_FAULT: { en: "Fault of the trader front.", zh: "交易前置的故障。", example: "silent-login" }
  }
})
