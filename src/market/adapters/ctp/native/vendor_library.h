// Opens a vendor library and detects which known interface it has.
#pragma once

#include <string>

#include "ctp_abi.h"
#include "failure.h"

namespace tickd {

struct VendorLibrary {
  std::string path, version;
  int family = 0;              // 63, 6315 or 65: which table of callbacks
  std::size_t tick_bytes = 0;  // 408, 568 or 584
  /// Free room for ticks, for a library that replays without a clock; absent in the vendor's own.
  void (*pace_with)(long long (*room)(void*), void* context) = nullptr;

  /// Never closed: the vendor's threads may outlive Release.
  Failure open(const std::string& library);
  ctp::MdApi* create(const char* flow_prefix, bool udp, bool multicast, bool production) const;

 private:
  Failure choose_family(std::size_t methods);

  void* create4_ = nullptr;
  void* create3_ = nullptr;
};

}  // namespace tickd
