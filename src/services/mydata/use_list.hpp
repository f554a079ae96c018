#pragma once
// Uses of a person's data as other portals are told of them: a window of the list, with its total.
#include <optional>
#include <string>
#include <vector>

#include "exchange/exchange.hpp"
#include "ledger/commitments.hpp"
#include "mydata/mydata.hpp"

namespace minben::mydata {

struct ListedUse {
  Instant at{};
  AgencyCode agency;  ///< who used it
  /// Its information system, "MINBEN/GOV/wda/casework"; "" = an officer looked at a case.
  std::string system;
  std::string purpose_code;
  Bilingual purpose;  ///< the code in both languages where nobody ever named it
};

struct UseList {
  std::int64_t total = 0;       ///< in the period
  std::vector<ListedUse> uses;  ///< newest first
};

inline constexpr int most_listed = 1000;

/// `offset` from 0, `limit` 1 to most_listed: what is beyond them is cut. Reads past `offset` rows.
Result<UseList> list_uses(store::Transaction& tx, PersonId person, const Period& period, int offset,
                          int limit);

/// When the oldest use of all was; nothing: there is none. Looks at every row: ask once.
Result<std::optional<Instant>> first_use(store::Transaction& tx);

/// Another portal has read the list: that is a use as well, and the person sees it.
struct ListRead {
  UsageId id;  ///< the request's; a second time is not an error
  PersonId person;
  exchange::SubsystemId consumer;
  AgencyCode provider;
  std::string purpose_code;
  Instant at{};
};
Result<void> record_list_read(store::Transaction& tx, const ledger::Commitments& commitments,
                              const ListRead& read);

}  // namespace minben::mydata
