// The vendor's exported symbols, in the form of the family given by -DTICKD_SIM_FAMILY and -DTICKD_SIM_VERSION.
#include "sim_md.h"

#define TICKD_EXPORT __attribute__((visibility("default")))

/// Only the name matters: the linker's symbol is made of it.
class CThostFtdcMdApi {
 public:
  TICKD_EXPORT static const char* GetApiVersion();
#if TICKD_SIM_FAMILY == 63
  TICKD_EXPORT static void* CreateFtdcMdApi(const char* flow_prefix, bool udp, bool multicast);
#else
  TICKD_EXPORT static void* CreateFtdcMdApi(const char* flow_prefix, bool udp, bool multicast, bool production);
#endif
};

static sim::Pace pace;

const char* CThostFtdcMdApi::GetApiVersion() { return TICKD_SIM_VERSION; }

#if TICKD_SIM_FAMILY == 63
void* CThostFtdcMdApi::CreateFtdcMdApi(const char* flow_prefix, bool, bool) {
#else
void* CThostFtdcMdApi::CreateFtdcMdApi(const char* flow_prefix, bool, bool, bool) {
#endif
  return sim::create(TICKD_SIM_FAMILY, TICKD_SIM_VERSION, flow_prefix, pace);
}

/// Gives the next created api a look at the room in the caller's ring (the vendor's library has no such symbol).
extern "C" TICKD_EXPORT void tickd_sim_pace_with(long long (*room)(void*), void* context) { pace = {room, context}; }
