#pragma once
// The mobile approval service of the demonstration country, and who has a phone in it.
#include <vector>

#include "../config.hpp"
#include "people.hpp"
#include "plan.hpp"

namespace minben::app::demo {

/// Writes who has a phone, where that is not known yet, and says how the service is started.
Result<std::vector<std::string>> phones_command(const std::filesystem::path& directory,
                                                const Ports& ports,
                                                const std::vector<Resident>& residents);

/// Waits until the service has made the key by which it certifies phones. Unavailable "no_phones"
/// after a minute.
Result<MobileApprovalAccess> phones_access(const std::filesystem::path& directory,
                                           const Ports& ports, const Clock& clock);

}  // namespace minben::app::demo
