#pragma once
// The citizens' certificate authority of the demonstration country, and who has a card of it.
#include <vector>

#include "../config.hpp"
#include "../supervisor.hpp"
#include "people.hpp"
#include "plan.hpp"

namespace minben::app::demo {

/// Writes who gets cards, where that is not known yet, and says how the authority is started. Its
/// keys and cards are made at its first start, which takes some seconds.
Result<std::vector<std::string>> citizen_authority_command(const std::filesystem::path& directory,
                                                           const Ports& ports,
                                                           const std::vector<Resident>& residents);

/// Waits until it has made its keys, and makes the certificate of the address for cards, in
/// `platform`. Unavailable "no_citizen_authority" after a minute.
Result<CitizenAuthorities> citizen_authorities(const std::filesystem::path& directory,
                                               const std::filesystem::path& platform,
                                               const Ports& ports, const Clock& clock);

}  // namespace minben::app::demo
