#include "vendor_library.h"

#include <cstdio>
#include <dlfcn.h>

#include "library_load.h"

namespace tickd {

/// The version determines the length of a tick, and the size of the table of methods determines the callbacks: 6.3.11
/// and 6.3.15 have the same tick and other callbacks. A combination that was never measured is refused by name.
Failure VendorLibrary::choose_family(std::size_t methods) {
  const char* text = version.c_str();
  if (*text == 'v' || *text == 'V') text++;
  int major = 0, minor = 0;
  if (std::sscanf(text, "%d.%d", &major, &minor) != 2 || major != 6 || (minor != 3 && (minor < 5 || minor > 7)))
    return {kExitVersion,
            path + " is version \"" + version + "\", which is not supported; use a CTP library of 6.3, 6.5, 6.6 or 6.7"};
  tick_bytes = minor == 3 ? 408 : minor == 5 ? 568 : 584;
  if (minor == 3 && methods == 14) family = 63;
  else if (minor == 3 && methods == 15) family = 6315;
  else if (minor != 3 && methods == 15) family = 65;
  if (family != 0) return {};
  const std::string seen = methods == 0 ? std::string("exports no table of methods (") + ctp::kTableSymbol + ")"
                                        : "has " + std::to_string(methods) + " methods";
  return {kExitVersion, path + " is version \"" + version + "\" and " + seen + ", where CTP has " +
                            (minor == 3 ? "14 or 15" : "15") +
                            ": its callbacks are not known; use the vendor's own thostmduserapi of 6.3, 6.5, 6.6 or 6.7, not "
                            "CTPMini or a look-alike"};
}

Failure VendorLibrary::open(const std::string& library) {
  path = library;
  void* handle = nullptr;
  if (Failure failure = load_library(kMarketDataRole, library, handle)) return failure;
  auto* version_of = reinterpret_cast<const char* (*)()>(dlsym(handle, ctp::kVersionSymbol));
  create4_ = dlsym(handle, ctp::kCreate4Symbol);
  create3_ = dlsym(handle, ctp::kCreate3Symbol);
  if (version_of == nullptr || (create4_ == nullptr && create3_ == nullptr))
    return {kExitLibrary, library + " is not a CTP market-data library: it has no CThostFtdcMdApi::" +
                              (version_of == nullptr ? "GetApiVersion" : "CreateFtdcMdApi") +
                              "; set CTP_MD_LIBRARY to the thostmduserapi .so, not the trader's"};
  const char* text = version_of();
  version = text == nullptr ? "" : text;
  if (Failure failure = choose_family(table_methods(handle, ctp::kTableSymbol))) return failure;
  pace_with = reinterpret_cast<decltype(pace_with)>(dlsym(handle, "tickd_sim_pace_with"));
  return {};
}

ctp::MdApi* VendorLibrary::create(const char* flow_prefix, bool udp, bool multicast, bool production) const {
  if (create4_ != nullptr)
    return reinterpret_cast<ctp::MdApi* (*)(const char*, bool, bool, bool)>(create4_)(flow_prefix, udp, multicast,
                                                                                     production);
  return reinterpret_cast<ctp::MdApi* (*)(const char*, bool, bool)>(create3_)(flow_prefix, udp, multicast);
}

}  // namespace tickd
