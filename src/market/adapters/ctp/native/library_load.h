// Loading of a vendor library, and what its exported table of methods says about its interface.
#pragma once

#include <cstddef>
#include <string>

#include "failure.h"

namespace tickd {

/// Who is named when a library cannot be used: "vendor", CTP_MD_LIBRARY, "thostmduserapi".
struct LibraryRole {
  const char* what;
  const char* variable;
  const char* file;
};

constexpr LibraryRole kMarketDataRole = {"vendor", "CTP_MD_LIBRARY", "thostmduserapi"};
constexpr LibraryRole kTraderRole = {"trader", "CTP_TD_LIBRARY", "thosttraderapi"};

/// dlopen. A library that is sound and misses something of this machine is not blamed: the sentence names what is missing.
Failure load_library(const LibraryRole& role, const std::string& path, void*& handle);

/// Virtual methods in the class whose table is exported as `symbol`, by the symbol's size in the ELF file; 0 when there is
/// no such symbol. Itanium ABI: a table begins with two words that are no method.
std::size_t table_methods(void* handle, const char* symbol);

}  // namespace tickd
