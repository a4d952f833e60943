// The flow folder is made and checked before the vendor's library is touched: it dies with SIGSEGV when it is missing.
#pragma once

#include <string>

#include "failure.h"

namespace tickd {

/// `prefix` is what the library gets: its files are called prefix + "DialogRsp.con" and so on. Makes the folder part of
/// it (0700) and locks it: two sessions on one prefix share their files without any error, which is the dangerous kind
/// of working. The lock lasts until `lock_fd` is closed or the process ends.
Failure prepare_flow_folder(const std::string& prefix, int& lock_fd);

}  // namespace tickd
