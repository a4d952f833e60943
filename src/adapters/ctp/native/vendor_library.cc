#include "vendor_library.h"

#include <cstdio>
#include <dlfcn.h>

namespace tickd {

/// Chooses the interface by major.minor: slots and sizes move between versions, so an unknown one is refused by name.
static bool choose_family(VendorLibrary& library) {
  const char* text = library.version.c_str();
  if (*text == 'v' || *text == 'V') text++;
  int major = 0, minor = 0;
  if (std::sscanf(text, "%d.%d", &major, &minor) != 2 || major != 6) return false;
  switch (minor) {
    case 3: library.family = 63; library.tick_bytes = 408; return true;
    case 5: library.family = 65; library.tick_bytes = 568; return true;
    case 6:
    case 7: library.family = 65; library.tick_bytes = 584; return true;
    default: return false;
  }
}

Failure VendorLibrary::open(const std::string& library) {
  path = library;
  void* handle = dlopen(library.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return {kExitLibrary, "cannot load the vendor library " + library + ": " + dlerror() +
                              "; give --library the thostmduserapi .so built for this machine"};
  auto* version_of = reinterpret_cast<const char* (*)()>(dlsym(handle, ctp::kVersionSymbol));
  create4_ = dlsym(handle, ctp::kCreate4Symbol);
  create3_ = dlsym(handle, ctp::kCreate3Symbol);
  if (version_of == nullptr || (create4_ == nullptr && create3_ == nullptr))
    return {kExitLibrary, library + " is not a CTP market-data library: it has no CThostFtdcMdApi::" +
                              (version_of == nullptr ? "GetApiVersion" : "CreateFtdcMdApi") +
                              "; give --library the thostmduserapi .so, not the trader's"};
  const char* text = version_of();
  version = text == nullptr ? "" : text;
  if (!choose_family(*this))
    return {kExitVersion, library + " is version \"" + version +
                              "\", which is not supported; use a CTP library of 6.3, 6.5, 6.6 or 6.7"};
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
