#include "trader_session.h"

#include <dlfcn.h>

#include "library_load.h"

namespace trader {
namespace {

/// The vendor sees this as its CThostFtdcTraderSpi: a pointer to a table of functions, and ours behind it.
struct Spi {
  void** table;
  Session* session;
};

void* spi_table[kSpiSlots];
Spi spi{spi_table, nullptr};

std::string decimal(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.12g", value);
  return text;
}

int error_id(const char* info) { return info == nullptr ? 0 : number_at<std::int32_t>(info, 0); }

/// True when the answer is a refusal, which is then reported.
bool refused(Spi* self, const char* stage, const char* info) {
  if (error_id(info) == 0) return false;
  self->session->lines.add({"refused", stage, std::to_string(error_id(info)), text_at(info, kErrorMessage)});
  return true;
}

void ignore(Spi*) {}
void on_front_connected(Spi* self) { self->session->lines.add({"connected"}); }
void on_front_disconnected(Spi* self, int reason) { self->session->lines.add({"disconnected", std::to_string(reason)}); }
void on_rsp_error(Spi* self, const char* info, int, bool) { refused(self, "request", info); }

void on_rsp_authenticate(Spi* self, const char*, const char* info, int, bool) {
  if (!refused(self, "authenticate", info)) self->session->lines.add({"authenticated"});
}

void on_rsp_user_login(Spi* self, const char* login, const char* info, int, bool) {
  if (refused(self, "login", info)) return;
  self->session->lines.add({"login", login == nullptr ? "" : text_at(login, kLoginTradingDay)});
}

void on_rsp_qry_instrument(Spi* self, const char* row, const char* info, int, bool last) {
  if (refused(self, "query", info)) return;
  Lines& lines = self->session->lines;
  const int family = self->session->table->family;
  // A front with no contract at all answers once, without a row.
  if (row != nullptr)
    lines.add({"row", text_at(row, instrument_id(family)), text_at(row, kExchange), text_at(row, kName),
               text_at(row, product_id(family)), std::to_string(number_at<std::int32_t>(row, kMultiplierAt)),
               decimal(number_at<double>(row, kPriceTickAt)), text_at(row, kExpireDate)});
  if (last) lines.add({"end"});
}

template <class Method>
void place(int slot, Method* method) {
  spi_table[slot] = reinterpret_cast<void*>(method);
}

}  // namespace

tickd::Failure Session::open(const std::string& library) {
  path_ = library;
  void* handle = nullptr;
  if (tickd::Failure failure = tickd::load_library(tickd::kTraderRole, library, handle)) return failure;
  auto* version_of = reinterpret_cast<const char* (*)()>(dlsym(handle, kVersionSymbol));
  create2_ = dlsym(handle, kCreate2Symbol);
  create1_ = dlsym(handle, kCreate1Symbol);
  if (version_of == nullptr || (create2_ == nullptr && create1_ == nullptr))
    return {tickd::kExitLibrary, library + " is not a CTP trader library: it has no CThostFtdcTraderApi::" +
                                     (version_of == nullptr ? "GetApiVersion" : "CreateFtdcTraderApi") +
                                     "; set CTP_TD_LIBRARY to the thosttraderapi .so, not the market-data one"};
  const char* text = version_of();
  version = text == nullptr ? "" : text;
  table = table_of(version.c_str());
  if (table == nullptr)
    return {tickd::kExitVersion, library + " is version \"" + version +
                                     "\", whose table of methods is not known; use a trader library of " + kSupported};
  const std::size_t methods = tickd::table_methods(handle, kTableSymbol);
  if (methods == table->methods) return {};
  const std::string seen = methods == 0 ? std::string("exports no table of methods (") + kTableSymbol + ")"
                                        : "has " + std::to_string(methods) + " methods";
  return {tickd::kExitVersion, library + " is version \"" + version + "\" and " + seen + ", where that version of CTP has " +
                                   std::to_string(table->methods) +
                                   ": nothing in it is called, since the place of a request may hold a method that sends "
                                   "orders; use the vendor's ordinary thosttraderapi, not an _SM_ build or a look-alike"};
}

tickd::Failure Session::start(const std::string& flow_prefix, const std::vector<std::string>& fronts, bool production) {
  for (void*& slot : spi_table) slot = reinterpret_cast<void*>(&ignore);
  spi.session = this;
  place(kOnFrontConnected, on_front_connected);
  place(kOnFrontDisconnected, on_front_disconnected);
  place(table->on_rsp_authenticate, on_rsp_authenticate);
  place(table->on_rsp_user_login, on_rsp_user_login);
  place(table->on_rsp_qry_instrument, on_rsp_qry_instrument);
  place(table->on_rsp_error, on_rsp_error);
  api_ = create2_ != nullptr
             ? reinterpret_cast<void* (*)(const char*, bool)>(create2_)(flow_prefix.c_str(), production)
             : reinterpret_cast<void* (*)(const char*)>(create1_)(flow_prefix.c_str());
  if (api_ == nullptr) return {tickd::kExitLibrary, path_ + " created no session; see the lines that it printed"};
  method<void(void*, void*)>(api_, table->register_spi)(api_, &spi);
  for (std::string front : fronts) method<void(void*, char*)>(api_, table->register_front)(api_, front.data());
  // Only new messages from now on (THOST_TERT_QUICK): this session uses neither orders nor trades.
  for (const int topic : {table->subscribe_private, table->subscribe_public}) method<void(void*, int)>(api_, topic)(api_, 2);
  method<void(void*)>(api_, table->init)(api_);
  return {};
}

int Session::request(int slot, Request& request) {
  return method<int(void*, void*, int)>(api_, slot)(api_, request.bytes, ++requests_);
}

int Session::authenticate(const std::string& broker, const std::string& user, const std::string& app,
                          const std::string& code) {
  Request fields;
  for (const auto& [field, text] : {std::pair<Field, const std::string&>{kAuthBroker, broker}, {kAuthUser, user}, {kAuthApp, app}, {kAuthCode, code}})
    if (const int problem = fields.set(field, text); problem != 0) return problem;
  return request(table->req_authenticate, fields);
}

int Session::login(const std::string& broker, const std::string& user, const std::string& password) {
  Request fields;
  for (const auto& [field, text] : {std::pair<Field, const std::string&>{kLoginBroker, broker}, {kLoginUser, user}, {kLoginPassword, password}})
    if (const int problem = fields.set(field, text); problem != 0) return problem;
  return request(table->req_user_login, fields);
}

int Session::query() {
  Request everything;
  return request(table->req_qry_instrument, everything);
}

}  // namespace trader
