#include "usage_filter.hpp"

namespace minben::citizen {

namespace {

using mydata::Usage;
using mydata::UsageId;

constexpr int round_size = 200;
constexpr std::size_t most_rounds = 20;

bool fits(const UseFilter& filter, const Usage& usage) {
  return (filter.agency.empty() || usage.agency.value == filter.agency) &&
         (filter.case_id.empty() || to_string(usage.case_id) == filter.case_id) &&
         (filter.kind.empty() || mydata::to_string(usage.kind) == filter.kind);
}

}  // namespace

UseFilter read_use_filter(const net::Form& query) {
  UseFilter filter{.agency = std::string(query.get("agency")),
                   .case_id = std::string(query.get("case")),
                   .kind = std::string(query.get("kind")),
                   .from = page::date_parts(query, "from"),
                   .until = page::date_parts(query, "until"),
                   .before = {}};
  if (const auto before = UsageId::parse(query.get("before"))) filter.before = *before;
  return filter;
}

Result<mydata::Period> period_of(const UseFilter& filter) {
  mydata::Period period;
  const std::string from = page::date_text(filter.from);
  const std::string until = page::date_text(filter.until);
  if (!from.empty()) {
    MINBEN_TRY(date, parse_date(from));
    period.from = taiwan_midnight(date);
  }
  if (!until.empty()) {
    MINBEN_TRY(date, parse_date(until));
    period.until = taiwan_midnight(add_days(date, 1));
  }
  return period;
}

Url filtered(Url url, const UseFilter& filter) {
  if (!filter.agency.empty()) url = url.with("agency", filter.agency);
  if (!filter.case_id.empty()) url = url.with("case", filter.case_id);
  if (!filter.kind.empty()) url = url.with("kind", filter.kind);
  const auto add_date = [&](std::string_view name, const page::DateParts& parts) {
    if (page::date_text(parts).empty()) return;
    url = url.with(std::string(name) + ".year", parts.year)
              .with(std::string(name) + ".month", parts.month)
              .with(std::string(name) + ".day", parts.day);
  };
  add_date("from", filter.from);
  add_date("until", filter.until);
  return url;
}

Result<Found> find_uses(const Parts& parts, const Visit& visit, const UseFilter& filter,
                        const mydata::Period& period, std::size_t most) {
  const std::size_t rounds = most_rounds + most / round_size;
  return parts.transact([&](store::Transaction& tx) -> Result<Found> {
    Found found;
    mydata::Page at{.limit = round_size, .before = filter.before};
    for (std::size_t round = 0; round < rounds; ++round) {
      MINBEN_TRY(usages, parts.mydata.usages_of(tx, visit.principal(), period, at));
      for (const Usage& usage : usages) {
        found.agencies.insert(usage.agency);
        if (fits(filter, usage)) {
          if (found.usages.size() == most) return found;
          found.usages.push_back(usage);
        }
        found.more = at.before = usage.id;
      }
      if (usages.size() < round_size) {
        found.more.reset();
        break;
      }
    }
    return found;
  });
}

}  // namespace minben::citizen
