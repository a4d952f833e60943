#include "library_load.h"

#include <dlfcn.h>
#include <link.h>

namespace tickd {

static bool begins(const std::string& text, const std::string& start) { return text.compare(0, start.size(), start) == 0; }

/// The error of dlerror and its fix. glibc begins the text with the file that it could not use: the library itself,
/// or one that the library needs.
static std::string reason_and_fix(const LibraryRole& role, const std::string& path, const std::string& why) {
  const std::size_t colon = why.find(": ");
  const std::string file = why.substr(0, colon);
  if (colon != std::string::npos && why.find("cannot open shared object file") != std::string::npos && file != path)
    return "it needs " + file + ", which this machine does not have; install the package that holds " + file +
           " (ldd " + path + " lists everything that is missing)";
  if (why.find("version `") != std::string::npos)
    return why + "; the system's libraries are older than the ones it was built with: use a newer system, or a build of the "
                 "library for this one";
  if (why.find("undefined symbol") != std::string::npos)
    return why + "; a library that it needs is missing or of another version (ldd -r " + path + " shows which)";
  if (why.find("file too short") != std::string::npos || why.find("cannot read file data") != std::string::npos)
    return why + "; the file is not a whole library: copy it again";
  return why + "; set " + role.variable + " to the " + role.file + " .so built for this machine";
}

Failure load_library(const LibraryRole& role, const std::string& path, void*& handle) {
  handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle != nullptr) return {};
  const char* text = dlerror();
  std::string why = text == nullptr ? "no reason given" : text;
  // The sentence names the path already.
  if (begins(why, path + ": ") && why.find("cannot open") == std::string::npos) why.erase(0, path.size() + 2);
  return {kExitLibrary, std::string("cannot load the ") + role.what + " library " + path + ": " + reason_and_fix(role, path, why)};
}

std::size_t table_methods(void* handle, const char* symbol) {
  void* table = dlsym(handle, symbol);
  if (table == nullptr) return 0;
  Dl_info info{};
  const ElfW(Sym)* entry = nullptr;
  if (dladdr1(table, &info, reinterpret_cast<void**>(const_cast<ElfW(Sym)**>(&entry)), RTLD_DL_SYMENT) == 0) return 0;
  if (entry == nullptr || info.dli_saddr != table || entry->st_size < 2 * sizeof(void*)) return 0;
  return entry->st_size / sizeof(void*) - 2;
}

}  // namespace tickd
