#pragma once
// Private to this room.
#include "identity.hpp"
#include "register_check.hpp"

namespace minben::identity {

/// Asks the registers. Whom they say has died has their account closed, at every first use alike;
/// the error is told all the same.
Result<std::optional<RegisterEntry>> ask_registers(Identity& identity, store::Database& database,
                                                   const RegisterCheck& registers,
                                                   const RegisterQuestion& question);

}  // namespace minben::identity
