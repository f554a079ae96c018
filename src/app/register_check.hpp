#pragma once
// Asks the household register and the health insurance's, through the exchange, whether somebody is
// who they say.
#include "exchange/exchange.hpp"
#include "identity/mandates.hpp"
#include "identity/register_check.hpp"

namespace minben::app {

/// The purpose in the access rules and in the person's list of uses.
inline constexpr std::string_view identity_check_purpose = "identity-check";
exchange::ServiceId household_register_check(std::string_view instance);
exchange::ServiceId health_insurance_check(std::string_view instance);

inline constexpr std::string_view representation_purpose = "representation-check";
exchange::ServiceId guardianship_register(std::string_view instance);
exchange::ServiceId company_register(std::string_view instance);

/// What identity::Representation promises, each question with its usage record. Thread-safe,
/// blocking.
identity::Representation representation_by(exchange::Consumer& consumer);

/// What an identity::RegisterCheck promises. The health insurance is asked, where a card is named,
/// whatever the household register says, so that the time does not tell which of them said no. Each
/// question leaves a usage record at the register's gateway. Thread-safe, blocking.
Result<std::optional<identity::RegisterEntry>> check_registers(
    exchange::Consumer& consumer, const identity::RegisterQuestion& question);

}  // namespace minben::app
