#pragma once
// What the agencies' registers know about the residents, as files for outside/register.
#include <filesystem>
#include <vector>

#include "core/core.hpp"
#include "people.hpp"
#include "plan.hpp"

namespace minben::app::demo {

inline constexpr int population = 2000;

/// Services that only say whether something is so: who one is, and whether a health card is valid.
inline constexpr std::string_view identity_check = "identity-check";
inline constexpr std::string_view card_check = "card-check";
/// And whom somebody represents by law.
inline constexpr std::string_view guardianship = "guardianship";
inline constexpr std::string_view company_check = "company-check";

/// Writes one JSON-lines file an agency, where there is none yet, and returns the residents they
/// are about. The same each time on the same day.
Result<std::vector<Resident>> write_registers(const std::filesystem::path& directory,
                                              const Clock& clock);

/// Files in that directory: the secret of pseudonyms in events, and a register's token at its
/// gateway, which is written when the gateways begin.
std::filesystem::path pseudonym_file(const std::filesystem::path& directory);
std::filesystem::path register_token_file(const std::filesystem::path& directory,
                                          std::string_view agency);

/// The command line of the register of the agency at that place.
std::vector<std::string> register_command(const std::filesystem::path& directory,
                                          std::size_t number, const Ports& ports);

}  // namespace minben::app::demo
