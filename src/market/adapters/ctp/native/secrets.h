// Leaves no secret behind: no core file with a password, and no password in memory after it was sent.
#pragma once

#include <cstring>
#include <string>
#include <sys/resource.h>

namespace tickd {

/// A limit of one byte prevents a core file and, unlike 0, also a core sent to a program (core(5), core_pattern with
/// a pipe). The worker's memory holds the login.
inline void leave_no_core() {
  const rlimit one = {1, 1};
  setrlimit(RLIMIT_CORE, &one);
}

inline void wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

}  // namespace tickd
