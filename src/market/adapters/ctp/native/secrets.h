// What a dead worker may leave: no core file with a password in it, and no password in memory after it was sent.
#pragma once

#include <cstring>
#include <string>
#include <sys/resource.h>

namespace tickd {

/// A limit of one byte keeps the kernel from writing a core file and, unlike 0, from handing one to a program
/// (core(5), core_pattern with a pipe). The worker's memory holds the account's login.
inline void leave_no_core() {
  const rlimit one = {1, 1};
  setrlimit(RLIMIT_CORE, &one);
}

inline void wipe(std::string& text) { explicit_bzero(text.data(), text.size()); }

}  // namespace tickd
