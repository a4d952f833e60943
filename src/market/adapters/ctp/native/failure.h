// Why a session could not be opened: the worker's exit code and one sentence for the operator.
#pragma once

#include <string>

namespace tickd {

enum ExitCode : int {
  kExitClosed = 0,
  kExitArguments = 64,
  kExitLibrary = 65,
  kExitVersion = 66,
  kExitFlow = 67,
  kExitRing = 68,
  kExitHung = 70
};

struct Failure {
  int code = kExitClosed;
  std::string text;
  explicit operator bool() const { return code != kExitClosed; }
};

}  // namespace tickd
