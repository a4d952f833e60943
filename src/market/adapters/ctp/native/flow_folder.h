// Creates and checks the flow folder before the vendor's library is called: it dies with SIGSEGV when the folder is
// missing.
#pragma once

#include <string>

#include "failure.h"

namespace tickd {

/// `prefix` is passed to the library: its files are called prefix + "DialogRsp.con" etc. Creates the folder part
/// (0700) and locks it: two sessions with one prefix would share their files without any error. The lock lasts until
/// `lock_fd` is closed or the process ends.
Failure prepare_flow_folder(const std::string& prefix, int& lock_fd);

}  // namespace tickd
