#include "mydata/use_list.hpp"

#include "impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr Query count_uses{"mydata_count_uses", R"(
  select count(*) as total from mydata.usage
  where person_id = $1 and at >= $2 and ($3::timestamptz is null or at < $3)
    and (shown_from is null or shown_from <= $4))"};
constexpr Query window{"mydata_use_list", R"(
  select content from mydata.usage
  where person_id = $1 and at >= $2 and ($3::timestamptz is null or at < $3)
    and (shown_from is null or shown_from <= $6)
  order by at desc, id desc offset $4 limit $5)"};
constexpr Query oldest{"mydata_first_use", "select min(at) as at from mydata.usage"};

/// Of a read of the list, named as in the answers.
constexpr std::array<std::pair<std::string_view, std::pair<std::string_view, std::string_view>>, 4>
    list_fields{{{"logtime", {"時間", "Time"}},
                 {"action", {"目的", "Purpose"}},
                 {"receiverCode", {"機關", "Agency"}},
                 {"receiverSystem", {"資訊系統", "Information system"}}}};

ListedUse listed(PersonId person, const Json& content) {
  Usage usage = usage_of(person, content);
  ListedUse out{.at = usage.at,
                .agency = std::move(usage.agency),
                .system = {},
                .purpose_code = std::move(usage.purpose_code),
                .purpose = std::move(usage.purpose)};
  if (const Json* exchange = find(content, "exchange"))
    out.system = string_or(*exchange, "consumer");
  if (out.purpose.zh_hant.empty()) out.purpose = {out.purpose_code, out.purpose_code};
  return out;
}

}  // namespace

Result<UseList> list_uses(store::Transaction& tx, PersonId person, const Period& period, int offset,
                          int limit) {
  UseList list;
  MINBEN_TRY(counted, tx.run(count_uses, person, period.from, period.until, tx.now()));
  list.total = counted.front().integer("total");
  MINBEN_TRY(rows, tx.run(window, person, period.from, period.until, std::max(offset, 0),
                          std::clamp(limit, 1, most_listed), tx.now()));
  for (const store::Row row : rows) list.uses.push_back(listed(person, row.json("content")));
  return list;
}

Result<std::optional<Instant>> first_use(store::Transaction& tx) {
  MINBEN_TRY(rows, tx.run(oldest));
  return rows.front().optional_instant("at");
}

Result<void> record_list_read(store::Transaction& tx, const ledger::Commitments& commitments,
                              const ListRead& read) {
  Usage usage;
  usage.id = read.id;
  usage.person = read.person;
  usage.agency = {read.consumer.member};
  usage.provider = read.provider;
  usage.purpose_code = read.purpose_code;
  usage.purpose = {"查詢個人資料使用紀錄", "Asked who used the data"};
  usage.legal_basis = {"個人資料保護法 §3", "Personal Data Protection Act §3"};
  usage.at = read.at;
  for (const auto& [name, title] : list_fields)
    usage.fields.push_back(
        {std::string(name), {std::string(title.first), std::string(title.second)}});
  Json content = content_of(usage);
  content.get_object()["exchange"] = JsonObject{{"consumer", exchange::to_string(read.consumer)}};
  return record_usage(tx, commitments, usage, content);
}

}  // namespace minben::mydata
