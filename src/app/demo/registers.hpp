#pragma once
// What the agencies' registers know about the residents, as files for outside/register.
#include <filesystem>
#include <vector>

#include "core/core.hpp"
#include "people.hpp"

namespace minben::app::demo {

inline constexpr int population = 2000;

/// Services that only say whether something is so: who one is, and whether a health card is valid.
inline constexpr std::string_view identity_check = "identity-check";
inline constexpr std::string_view card_check = "card-check";

/// Writes one JSON-lines file an agency, where there is none yet, and returns the residents they
/// are about. The same each time on the same day.
Result<std::vector<Resident>> write_registers(const std::filesystem::path& directory,
                                              const Clock& clock);

/// The command line of an agency's register.
std::vector<std::string> register_command(const std::filesystem::path& directory,
                                          const std::string& agency, std::uint16_t port);

}  // namespace minben::app::demo
