// Makes simulated trader APIs; the entry file gives it a version and the vendor's symbols.
#pragma once

// Environment, read when an API is created:
//   TICKD_SIM_TD_CONTRACTS (20000)  number of generated contracts
//   TICKD_SIM_TD_FILE               a file with contracts: id, exchange, name, product, multiplier, price tick, expire
//                                   date, separated by tabs; names as bytes
//   TICKD_SIM_TD_EXPECT             BROKER:USER:PASSWORD:APPID:AUTHCODE that authentication and login must send
//   TICKD_SIM_TD_FAULT              one of no-connect auth login silent-login silent flow flow-forever not-ready
//                                   not-ready-forever link cut crash crash-init empty flood

#include <cstddef>

namespace sim {

/// `table` has room for the methods of the version, and is what the made object points to. Null when the flow files
/// cannot be made, where the vendor's library would kill the process.
void* create_trader(const char* version, const char* flow_prefix, void** table, std::size_t methods);

}  // namespace sim
