#pragma once
// Private: which of a person's uses are looked at, as asked for in the address.
#include <set>

#include "parts.hpp"

namespace minben::citizen {

struct UseFilter {
  std::string agency;
  std::string case_id;
  std::string kind;  ///< "fetched", "viewed" or ""
  page::DateParts from;
  page::DateParts until;
  std::optional<mydata::UsageId> before;
};

UseFilter read_use_filter(const net::Form& query);
/// Whole days in Taiwan, both included. Errors of parse_date.
Result<mydata::Period> period_of(const UseFilter& filter);
/// The address with the filter, but for `before`.
Url filtered(Url url, const UseFilter& filter);

struct Found {
  std::vector<mydata::Usage> usages;
  std::set<AgencyCode> agencies;          ///< seen on the way, for the filter
  std::optional<mydata::UsageId> more{};  ///< the last one looked at, when there may be older ones
};

/// At most `most`, newest first, after a look at no more than most and 20 rounds of 200: a person
/// with more uses narrows the period.
Result<Found> find_uses(const Parts& parts, const Visit& visit, const UseFilter& filter,
                        const mydata::Period& period, std::size_t most);

}  // namespace minben::citizen
