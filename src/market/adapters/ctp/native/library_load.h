// Loads a vendor library, and reads its interface from the exported table of methods.
#pragma once

#include <cstddef>
#include <string>

#include "failure.h"

namespace tickd {

/// Names for errors about a library that cannot be used: "vendor", CTP_MD_LIBRARY, "thostmduserapi".
struct LibraryRole {
  const char* what;
  const char* variable;
  const char* file;
};

constexpr LibraryRole kMarketDataRole = {"vendor", "CTP_MD_LIBRARY", "thostmduserapi"};
constexpr LibraryRole kTraderRole = {"trader", "CTP_TD_LIBRARY", "thosttraderapi"};

/// dlopen. When a valid library misses something on this machine, the sentence names what is missing.
Failure load_library(const LibraryRole& role, const std::string& path, void*& handle);

/// Number of virtual methods of the class whose table is exported as `symbol`, by the symbol's size in the ELF file;
/// 0 when there is no such symbol. Itanium ABI: a table begins with two words that are not methods.
std::size_t table_methods(void* handle, const char* symbol);

}  // namespace tickd
