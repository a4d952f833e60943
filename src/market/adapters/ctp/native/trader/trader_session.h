// One session of the vendor's trader library: calls by slot, and callbacks as lines. It decides nothing.
#pragma once

#include <string>
#include <vector>

#include "failure.h"
#include "trader_abi.h"
#include "trader_lines.h"

namespace trader {

class Session {
 public:
  /// Loads the library and finds its table. Calls nothing but GetApiVersion.
  tickd::Failure open(const std::string& library);
  /// Creates the api, registers callbacks and fronts, and starts its threads. The flow folder exists.
  tickd::Failure start(const std::string& flow_prefix, const std::vector<std::string>& fronts, bool production);

  /// The vendor's return codes (0 sent, -1 not connected, -2 too many waiting, -3 too many a second); kTextTooLong or
  /// kTextControl when a text does not fit into the vendor's field.
  int authenticate(const std::string& broker, const std::string& user, const std::string& app, const std::string& code);
  int login(const std::string& broker, const std::string& user, const std::string& password);
  int query();

  Lines lines;
  std::string version;
  const Table* table = nullptr;

 private:
  int request(int slot, Request& request);

  std::string path_;
  void* create1_ = nullptr;
  void* create2_ = nullptr;
  void* api_ = nullptr;
  int requests_ = 0;
};

}  // namespace trader
