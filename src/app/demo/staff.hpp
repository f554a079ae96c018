#pragma once
// The officers of the demonstration country.
#include <map>
#include <vector>

#include "core/core.hpp"
#include "identity/identity.hpp"
#include "seed.hpp"

namespace minben::app::demo {

/// By agency, with all their roles read back from identity.
using Staff = std::map<std::string, std::vector<identity::Officer>>;

Result<Staff> hire_staff(store::Database& database, identity::Identity& identity);
std::vector<Account> staff_accounts();

}  // namespace minben::app::demo
