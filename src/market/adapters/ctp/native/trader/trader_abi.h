// The binary interface of CThostFtdcTraderApi as far as a contract query needs it, from measured slots and offsets
// (docs/reference/trader-query.md); no vendor header is used. Both tables are plain arrays of functions: in the
// Itanium ABI an object without virtual destructor begins with a pointer to such an array, and a method is a function
// whose first argument is the object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "command_line.h"

namespace trader {

/// The exported table of the API's methods. Its size distinguishes versions that look alike.
constexpr char kTableSymbol[] = "_ZTV19CThostFtdcTraderApi";
constexpr char kVersionSymbol[] = "_ZN19CThostFtdcTraderApi13GetApiVersionEv";
/// From 6.7.11 the factory takes `bool bIsProductionMode` as a second argument; looked up first.
constexpr char kCreate2Symbol[] = "_ZN19CThostFtdcTraderApi19CreateFtdcTraderApiEPKcb";
constexpr char kCreate1Symbol[] = "_ZN19CThostFtdcTraderApi19CreateFtdcTraderApiEPKc";

/// More than any version has (140 and 178). The rest of a callback table is filled with a method that returns.
constexpr std::size_t kApiSlots = 192, kSpiSlots = 256;

/// Slots of the methods that a contract query calls, and of the callbacks that answer them.
struct Table {
  int family;           // 63 or 65: which layout the structs have
  std::size_t methods;  // of the whole api, as the library's exported table has them
  int release, init, register_front, register_spi, subscribe_private, subscribe_public, req_authenticate,
      req_user_login, req_qry_instrument;
  int on_rsp_authenticate, on_rsp_user_login, on_rsp_qry_instrument, on_rsp_error;
};

/// The same in every version.
constexpr int kOnFrontConnected = 0, kOnFrontDisconnected = 1;

constexpr Table kTable63 = {63, 94, 0, 1, 4, 7, 8, 9, 10, 13, 50, 3, 4, 38, 72};
constexpr Table kTable67 = {65, 123, 0, 1, 4, 7, 8, 9, 10, 13, 50, 3, 4, 38, 73};
constexpr Table kTable6711 = {65, 133, 0, 1, 5, 8, 9, 10, 11, 16, 54, 3, 4, 39, 74};
constexpr Table kTable6713 = {65, 140, 0, 1, 5, 8, 9, 10, 11, 16, 54, 3, 5, 40, 75};

constexpr char kSupported[] = "6.3.15 to 6.3.19, 6.6.9 to 6.7.7, 6.7.11 or 6.7.13";

/// The table of a version; null when it was never measured: a guessed slot may hold a method that sends orders. The
/// caller compares `methods`: `v6.7.13_SM_…` has 142 methods, each one slot later.
inline const Table* table_of(const char* version) {
  if (*version == 'v' || *version == 'V') version++;
  int major = 0, minor = 0, patch = 0;
  if (std::sscanf(version, "%d.%d.%d", &major, &minor, &patch) != 3 || major != 6) return nullptr;
  if (minor == 3 && patch >= 15 && patch <= 19) return &kTable63;
  if ((minor == 6 && patch >= 9) || (minor == 7 && patch <= 7)) return &kTable67;
  if (minor == 7 && patch == 11) return &kTable6711;
  if (minor == 7 && patch == 13) return &kTable6713;
  return nullptr;
}

/// A method of an object by its slot. Its first argument is the object.
template <class Method>
Method* method(void* object, int slot) {
  void** table = *static_cast<void***>(object);
  return reinterpret_cast<Method*>(table[slot]);
}

struct Field {
  std::size_t offset, size;
};

/// Sent zeroed and with room behind the last known field, because requests only ever grew (login: 228 .. 280 bytes).
struct Request {
  char bytes[512] = {};
  /// Copies a text to its field. Returns 0, or why it does not fit.
  int set(Field field, const std::string& text) {
    const int problem = tickd::text_problem(text, field.size);
    if (problem == 0) std::memcpy(bytes + field.offset, text.data(), text.size());
    return problem;
  }
  ~Request() { explicit_bzero(bytes, sizeof bytes); }
};

/// ReqAuthenticateField, ReqUserLoginField: these fields have the same offset in every version.
constexpr Field kAuthBroker = {0, 11}, kAuthUser = {11, 16}, kAuthCode = {38, 17}, kAuthApp = {55, 33};
constexpr Field kLoginBroker = {9, 11}, kLoginUser = {20, 16}, kLoginPassword = {36, 41};
/// RspUserLoginField begins with the trading day, RspInfoField with the error id.
constexpr Field kLoginTradingDay = {0, 9}, kErrorMessage = {4, 81};

/// InstrumentField: 296 bytes in 6.3, 616 later, where the longer ids follow the other fields.
constexpr Field kExchange = {31, 9}, kName = {40, 21}, kExpireDate = {178, 9};
constexpr std::size_t kMultiplierAt = 148, kPriceTickAt = 152;
constexpr std::size_t kInstrumentBytes63 = 296, kInstrumentBytes65 = 616;
inline Field instrument_id(int family) { return family == 63 ? Field{0, 31} : Field{289, 81}; }
inline Field product_id(int family) { return family == 63 ? Field{92, 31} : Field{451, 81}; }

template <class Number>
Number number_at(const char* bytes, std::size_t offset) {
  Number value;
  std::memcpy(&value, bytes + offset, sizeof value);
  return value;
}

/// The text of a field up to its NUL, or the whole field when it has none.
inline std::string text_at(const char* bytes, Field field) {
  return std::string(bytes + field.offset, strnlen(bytes + field.offset, field.size));
}

}  // namespace trader
