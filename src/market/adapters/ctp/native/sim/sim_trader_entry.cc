// The trader library's exported symbols, in the form given by -DTICKD_SIM_ONE_ARGUMENT, -DTICKD_SIM_METHODS and
// -DTICKD_SIM_VERSION.
#include "sim_trader.h"

#define TICKD_EXPORT __attribute__((visibility("default")))

/// Only the name matters: the linker's symbol is made of it.
class CThostFtdcTraderApi {
 public:
  TICKD_EXPORT static const char* GetApiVersion();
#if TICKD_SIM_ONE_ARGUMENT
  TICKD_EXPORT static void* CreateFtdcTraderApi(const char* flow_prefix);
#else
  TICKD_EXPORT static void* CreateFtdcTraderApi(const char* flow_prefix, bool production);
#endif
};

/// The table of the class, for objects made by `create_trader`: two words, then the methods. It is written under its
/// linker's name, because a class with 94 to 142 methods would show nothing more.
extern "C" TICKD_EXPORT void* trader_table[2 + TICKD_SIM_METHODS] __asm__("_ZTV19CThostFtdcTraderApi");
void* trader_table[2 + TICKD_SIM_METHODS];

const char* CThostFtdcTraderApi::GetApiVersion() { return TICKD_SIM_VERSION; }

#if TICKD_SIM_ONE_ARGUMENT
void* CThostFtdcTraderApi::CreateFtdcTraderApi(const char* flow_prefix) {
#else
void* CThostFtdcTraderApi::CreateFtdcTraderApi(const char* flow_prefix, bool) {
#endif
  return sim::create_trader(TICKD_SIM_VERSION, flow_prefix, trader_table + 2, TICKD_SIM_METHODS);
}
