// A simulated trader library: answers authentication, login and the contract query from its own thread, with faults
// on request. Slots and offsets are written here a second time, from the same measurements, so that a mistake in
// trader_abi.h does not agree with itself.
#include "sim_trader.h"

#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <functional>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace sim {
namespace {

struct Places {
  bool old_structs;
  int register_front, register_spi, subscribe_private, subscribe_public, authenticate, login, query;
  int rsp_login, rsp_query, rsp_error;
};

Places places_of(const std::string& version) {
  if (version.rfind("v6.3.", 0) == 0) return {true, 4, 7, 8, 9, 10, 13, 50, 4, 38, 72};
  if (version.rfind("v6.7.11", 0) == 0) return {false, 5, 8, 9, 10, 11, 16, 54, 4, 39, 74};
  if (version.rfind("v6.7.13_SM", 0) == 0) return {false, 6, 9, 10, 11, 12, 17, 55, 5, 40, 75};
  if (version.rfind("v6.7.13", 0) == 0) return {false, 5, 8, 9, 10, 11, 16, 54, 5, 40, 75};
  return {false, 4, 7, 8, 9, 10, 13, 50, 4, 38, 73};
}

std::string setting(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

struct Contract {
  std::string id, exchange, name, product;
  int multiplier;
  double price_tick;
  std::string expire;
};

/// Futures of twelve months for six products, then options on them, strike after strike.
Contract generated(int i) {
  static const struct {
    const char *exchange, *future, *option, *join;
    int multiplier;
    double price_tick;
  } kProducts[] = {{"SHFE", "rb", "rb", "", 10, 1},    {"DCE", "m", "m", "-", 10, 1},     {"CZCE", "SR", "SR", "", 10, 1},
                   {"CFFEX", "IF", "IO", "-", 100, 0.2}, {"GFEX", "si", "si", "-", 5, 5}, {"INE", "sc", "sc", "", 1000, 0.1}};
  const auto& product = kProducts[i % 6];
  const int month = i / 6 % 12 + 1, level = i / 72;
  char id[64], expire[9];
  const char* year = std::strcmp(product.exchange, "CZCE") == 0 ? "7" : "27";
  if (level == 0) std::snprintf(id, sizeof id, "%s%s%02d", product.future, year, month);
  else std::snprintf(id, sizeof id, "%s%s%02d%s%c%s%d", product.option, year, month, product.join, level % 2 ? 'C' : 'P', product.join, 1000 + level / 2 * 10);
  std::snprintf(expire, sizeof expire, "2027%02d15", month);
  // GBK; the second byte of the last character is a backslash.
  return {id, product.exchange, "\xc2\xdd\xce\xc6\x81\x5c", level == 0 ? product.future : product.option, product.multiplier, product.price_tick, expire};
}

std::vector<Contract> contracts() {
  std::vector<Contract> list;
  const std::string file = setting("TICKD_SIM_TD_FILE"), count = setting("TICKD_SIM_TD_CONTRACTS");
  if (file.empty()) {
    const int wanted = count.empty() ? 20000 : std::atoi(count.c_str());
    for (int i = 0; i < wanted; i++) list.push_back(generated(i));
    return list;
  }
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    Contract one;
    std::string multiplier, price_tick;
    for (std::string* field : {&one.id, &one.exchange, &one.name, &one.product, &multiplier, &price_tick, &one.expire})
      std::getline(fields, *field, '\t');
    one.multiplier = std::atoi(multiplier.c_str());
    one.price_tick = std::atof(price_tick.c_str());
    list.push_back(one);
  }
  return list;
}

class Api {
 public:
  Api(const char* version, void** table, std::size_t methods) : table_(table), places_(places_of(version)) {
    for (std::size_t slot = 0; slot < methods; slot++) table[slot] = reinterpret_cast<void*>(&wrong_slot);
    set(0, release), set(1, init), set(places_.register_front, register_front), set(places_.register_spi, register_spi);
    set(places_.subscribe_private, subscribe), set(places_.subscribe_public, subscribe);
    set(places_.authenticate, authenticate), set(places_.login, login), set(places_.query, query);
  }

 private:
  using Row = std::vector<char>;

  template <class Method>
  void set(int slot, Method* method) {
    table_[slot] = reinterpret_cast<void*>(method);
  }
  template <class Callback, class... Arguments>
  void call(int slot, Arguments... arguments) {
    void** callbacks = *static_cast<void***>(spi_);
    reinterpret_cast<Callback*>(callbacks[slot])(spi_, arguments...);
  }
  using Answer = void(void*, const char*, const char*, int, bool);

  /// What a caller with another version's table would call: perhaps the method that sends an order.
  static void wrong_slot() {
    std::fputs("tickd_sim_trader: a method was called that no contract query needs\n", stderr);
    std::abort();
  }
  static void release(Api*) {}
  static void register_front(Api* self, char* address) { self->front_ = address; }
  static void register_spi(Api* self, void* spi) { self->spi_ = spi; }
  static void subscribe(Api* self, int resume) { self->topics_ += resume == 2 ? 1 : 0; }

  static void init(Api* self) {
    if (self->fault_ == "crash-init") std::raise(SIGSEGV);
    if (self->spi_ == nullptr || self->front_.empty() || self->topics_ != 2) wrong_slot();
    std::thread([self] { self->loop(); }).detach();
    std::puts("tickd_sim_trader: a line on stdout, as the vendor's library prints them");
    if (self->fault_ != "no-connect") self->post([self] { self->call<void(void*)>(0); });
  }

  static int authenticate(Api* self, const char* fields, int request) {
    self->app_ = std::string(fields + 55) + ":" + (fields + 38);
    const bool refuse = self->fault_ == "auth" || (!self->expected_.empty() && self->expected_.find(self->app_) == std::string::npos);
    // "客户端认证失败" in GBK.
    self->answer(3, request, refuse ? 63 : 0, "CTP:\xbf\xcd\xbb\xa7\xb6\xcb\xc8\xcf\xd6\xa4\xca\xa7\xb0\xdc");
    return 0;
  }

  static int login(Api* self, const char* fields, int request) {
    const std::string who = std::string(fields + 9) + ":" + (fields + 20) + ":" + (fields + 36) + ":" + self->app_;
    const bool refuse = self->fault_ == "login" || (!self->expected_.empty() && self->expected_ != who);
    // "不合法的登录" in GBK.
    if (self->fault_ != "silent-login")
      self->answer(self->places_.rsp_login, request, refuse ? 3 : 0, "CTP:\xb2\xbb\xba\xcf\xb7\xa8\xb5\xc4\xb5\xc7\xc2\xbc");
    return 0;
  }

  static int query(Api* self, const char*, int request) {
    const int nth = ++self->queries_;
    const std::string& fault = self->fault_;
    if (fault == "flow-forever" || (fault == "flow" && nth < 3)) return -3;
    if (fault == "not-ready-forever" || (fault == "not-ready" && nth < 2)) {
      self->answer(self->places_.rsp_query, request, 90, "CTP:\xb2\xe9\xd1\xaf\xce\xb4\xbe\xcd\xd0\xf7");
      return 0;
    }
    if (fault != "silent") self->post([self, request] { self->send_list(request); });
    return 0;
  }

  /// One answer with an error id; the login's first field is the trading day.
  void answer(int slot, int request, std::int32_t error, const char* text) {
    post([=] {
      char info[88] = {}, body[296] = "20261123";
      std::memcpy(info, &error, 4);
      std::snprintf(info + 4, 81, "%s", error == 0 ? "" : text);
      call<Answer>(slot, static_cast<const char*>(body), static_cast<const char*>(info), request, true);
    });
  }

  Row row_of(const Contract& one) const {
    Row row(places_.old_structs ? 296 : 616);
    const auto text = [&](std::size_t at, std::size_t size, const std::string& value) {
      std::memcpy(row.data() + at, value.data(), std::min(value.size(), size - 1));
    };
    text(places_.old_structs ? 0 : 289, places_.old_structs ? 31 : 81, one.id);
    text(places_.old_structs ? 92 : 451, places_.old_structs ? 31 : 81, one.product);
    text(31, 9, one.exchange), text(40, 21, one.name), text(178, 9, one.expire);
    std::memcpy(row.data() + 148, &one.multiplier, 4);
    std::memcpy(row.data() + 152, &one.price_tick, 8);
    return row;
  }

  void send_list(int request) {
    const char info[88] = {};
    if (fault_ == "empty") return call<Answer>(places_.rsp_query, static_cast<const char*>(nullptr), info, request, true);
    const std::vector<Contract> list = contracts();
    const std::size_t half = list.size() / 2;
    for (std::size_t i = 0; i < list.size(); i++) {
      if (i == half && fault_ == "link") return call<void(void*, int)>(1, 0x1001);
      if (i == half && fault_ == "cut") return;
      if (i == half && fault_ == "crash") std::raise(SIGSEGV);
      const Row row = row_of(list[i]);
      const bool flood = fault_ == "flood";
      if (flood && i + 1 == list.size()) i = 0;
      call<Answer>(places_.rsp_query, row.data(), info, request, !flood && i + 1 == list.size());
    }
  }

  void post(std::function<void()> work) {
    {
      std::lock_guard<std::mutex> guard(mutex_);
      work_.push_back(std::move(work));
    }
    posted_.notify_one();
  }

  void loop() {
    for (;;) {
      std::unique_lock<std::mutex> lock(mutex_);
      posted_.wait(lock, [this] { return !work_.empty(); });
      const std::function<void()> work = std::move(work_.front());
      work_.pop_front();
      lock.unlock();
      work();
    }
  }

  void** table_;  // first: what the caller takes for the object's table of methods
  const Places places_;
  void* spi_ = nullptr;
  std::string front_, app_;
  int topics_ = 0, queries_ = 0;
  const std::string fault_ = setting("TICKD_SIM_TD_FAULT"), expected_ = setting("TICKD_SIM_TD_EXPECT");
  std::mutex mutex_;
  std::condition_variable posted_;
  std::deque<std::function<void()>> work_;
};

}  // namespace

void* create_trader(const char* version, const char* flow_prefix, void** table, std::size_t methods) {
  std::FILE* file = std::fopen((std::string(flow_prefix) + "QueryRsp.con").c_str(), "ab");
  if (file == nullptr) return nullptr;
  std::fclose(file);
  return new Api(version, table, methods);
}

}  // namespace sim
