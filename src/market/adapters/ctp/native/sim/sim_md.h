// Maker of simulated apis; the entry file gives it a family, a version and the vendor's symbols.
#pragma once

#include "ctp_abi.h"
#include "sim_session.h"

// Environment, read when an api is created:
//   TICKD_SIM_RECONNECT_MS (1000)  pause between two connections; 0 is 1 ms
//   TICKD_SIM_SILENCE_MS (120000)  silence of the front that ends the link with 0x2001; heartbeats go out at an eighth
//   TICKD_SIM_CRASH_AFTER (0)      SIGSEGV on the callback thread after so many ticks; 0 never
//   TICKD_SIM_HANG_RELEASE (0)     1: Release never returns
//   TICKD_SIM_HANG_LOGIN (0)       1: ReqUserLogin never returns

namespace sim {

/// Null when the flow files cannot be made, where the vendor's library would kill the process.
ctp::MdApi* create(int family, const char* version, const char* flow_prefix, Pace pace);

}  // namespace sim
