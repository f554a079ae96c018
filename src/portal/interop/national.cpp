// Taiwan's interfaces: reading (共通性資料存取應用程式介面規範) and publishing over platforms
// (政府資料開放跨平臺介接規範), as /api/v1 and, with the fields of today, /api/v2.
#include <algorithm>

#include <fmt/format.h>

#include "ckan.hpp"
#include "interchange/national.hpp"
#include "national.hpp"

namespace minben::interop {

namespace {

using net::operator""_MiB;
using catalogue::Dataset;
using catalogue::Entry;
using catalogue::Status;
using interchange::NationalVersion;
namespace vocabulary = catalogue::vocabulary;

/// Codes of the specification where it has one; the others are extended as it allows.
struct Refusal {
  int status;
  std::string type;
  std::string message;
};
Refusal refusal_of(const Error& error) {
  if (error.code == "bad_token") return {401, "ER0010:驗證失敗", "金鑰不正確，或沒有發布的權限"};
  if (error.code == "not_your_publisher")
    return {403, "ER0011:非所屬機關", "這個金鑰所屬的機關，不能發布這個機關的資料集"};
  if (error.code == "no_such_dataset") return {404, "ER0050:資料集不存在", "沒有這個資料集"};
  if (error.code == "withdrawn") return {409, "ER0052:資料集已下架", "已下架的資料集不能再修改"};
  if (error.kind == Kind::invalid || error.kind == Kind::conflict) {
    const auto words = interchange::national_error(error);
    return {400, words.error_type, words.message};
  }
  return {net::http_status(error.kind), "ER0500:系統錯誤", "系統暫時無法處理，請稍後再試"};
}

}  // namespace

net::Response national_success(Json result) {
  return net::Response::json(JsonObject{{"success", true}, {"result", std::move(result)}});
}

net::Response national_refusal(const Error& error, std::string_view identifier) {
  const Refusal refusal = refusal_of(error);
  JsonObject out{{"error_type", refusal.type}, {"message", refusal.message}};
  if (!identifier.empty()) out["identifier"] = identifier;
  return net::Response::json(JsonObject{{"success", false}, {"error", std::move(out)}},
                             refusal.status);
}

Result<NationalWindow> national_window(const net::Form& query, std::int64_t limit_unless_said) {
  NationalWindow window{limit_unless_said, 0};
  for (const auto& [name, into] :
       {std::pair{"limit", &window.limit}, std::pair{"offset", &window.offset}}) {
    if (!query.has(name)) continue;
    const auto value = parse_integer(query.get(name), 0, 10'000'000);
    if (!value) return fail(Kind::invalid, "ER0210", "a whole number from 0 on", name);
    *into = *value;
  }
  return window;
}

const std::string& national_identifier(const Dataset& dataset) {
  return dataset.national_id.empty() ? dataset.name : dataset.national_id;
}

Result<Entry> find_identified(const Parts& parts, store::Transaction& tx,
                              const std::string& identifier) {
  if (auto entry = parts.catalogue.find_national(tx, identifier)) return entry;
  if (const auto id = catalogue::DatasetId::parse(identifier)) return parts.catalogue.find(tx, *id);
  return parts.catalogue.find(tx, std::string_view(identifier));
}

void add_national_get(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access,
                      std::string pattern,
                      Result<net::Response> (*handler)(const Parts&, const net::Request&)) {
  routes.push_back(
      {net::Method::get, std::move(pattern), access, 0, [parts, handler](net::Request& request) {
         auto response = handler(*parts, request);
         return response ? std::move(*response) : national_refusal(response.error());
       }});
}

namespace {

constexpr std::int64_t everything = 1'000'000;

Result<JsonArray> identifiers(const Parts& parts, const catalogue::Condition& where,
                              const net::Form& query) {
  MINBEN_TRY(window, national_window(query, everything));
  catalogue::SearchQuery search;
  search.where = where;
  search.order = catalogue::Order::name;
  search.descending = false;
  JsonArray out;
  for (search.offset = window.offset; std::ssize(out) < window.limit;
       search.offset += search.limit) {
    search.limit = std::min<std::int64_t>(1000, window.limit - std::ssize(out));
    MINBEN_TRY(hits, parts.index.search(search));
    MINBEN_TRY(entries, parts.read([&](store::Transaction& tx) {
      return parts.catalogue.entries(tx, hits.ids);
    }));
    for (const Entry& each : entries) out.push_back(Json(national_identifier(each.dataset)));
    if (std::ssize(hits.ids) < search.limit) break;
  }
  return out;
}

Result<net::Response> groups(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(window, national_window(request.query, everything));
  (void)parts;
  JsonArray out;
  const auto all = vocabulary::service_categories();
  for (std::int64_t i = window.offset; i < std::ssize(all) && std::ssize(out) < window.limit; ++i)
    out.push_back(Json(all[static_cast<std::size_t>(i)].code));
  return national_success(std::move(out));
}

Result<net::Response> group(const Parts& parts, const net::Request& request) {
  const std::string code(request.parameter("code"));
  const auto* term = vocabulary::find(vocabulary::service_categories(), code);
  if (!term) return fail(Kind::not_found, "no_such_dataset");
  MINBEN_TRY(packages,
             identifiers(parts, catalogue::Condition::is(catalogue::Field::category, code),
                         request.query));
  const auto count = std::ssize(packages);
  return national_success(
      JsonObject{{"categoryCode", code},
                 {"display_name", term->zh_hant},
                 {"description", fmt::format("{} ({})", term->zh_hant, term->en)},
                 {"package_count", count},
                 {"created", "2013-04-30 00:00:00"},
                 {"packages", std::move(packages)}});
}

Result<net::Response> tags(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(window, national_window(request.query, everything));
  std::vector<std::string> names;
  for (auto& each : parts.index.counts(catalogue::Field::keyword))
    names.push_back(std::move(each.value));
  std::ranges::sort(names);
  JsonArray out;
  for (std::int64_t i = window.offset; i < std::ssize(names) && std::ssize(out) < window.limit; ++i)
    out.push_back(Json(names[static_cast<std::size_t>(i)]));
  return national_success(std::move(out));
}

Result<net::Response> tag(const Parts& parts, const net::Request& request) {
  MINBEN_TRY(found, identifiers(parts,
                                catalogue::Condition::is(catalogue::Field::keyword,
                                                         std::string(request.parameter("tag"))),
                                request.query));
  return national_success(std::move(found));
}

Result<net::Response> datasets(const Parts& parts, const net::Request& request) {
  catalogue::Condition where;
  if (request.query.has("modified")) {
    const auto since = parse_instant(request.query.get("modified"));
    if (!since) return fail(Kind::invalid, "ER0210", "an RFC 3339 date-time", "modified");
    where = {.kind = catalogue::Condition::Kind::between,
             .moment = catalogue::Moment::modified,
             .from = *since};
  }
  MINBEN_TRY(found, identifiers(parts, where, request.query));
  return national_success(std::move(found));
}

/// 金, 銀, 銅, 白金; "" when it has none.
std::string badge_of(const Parts& parts, const Entry& entry) {
  if (!parts.quality) return {};
  const auto marks = parts.read(
      [&](store::Transaction& tx) { return parts.quality->marks(tx, {&entry.dataset.id, 1}); });
  return marks ? std::string(quality::badge_name(marks->front().badge)) : std::string();
}

/// What has no national id goes by ours, so that programs can ask for it.
void name_by_ours(JsonObject& written, const Dataset& dataset) {
  if (dataset.national_id.empty()) written["identifier"] = dataset.name;
  JsonArray& resources = written["distribution"].as_array();
  for (std::size_t i = 0; i < resources.size(); ++i)
    if (dataset.distributions[i].national_id.empty())
      resources[i].as_object()["resourceID"] = to_string(dataset.distributions[i].id);
}

/// The other way round: our ids, when they come back, are no national ones.
void take_back_ours(Dataset& dataset, const Entry& before) {
  if (dataset.national_id == before.dataset.name) dataset.national_id.clear();
  const auto& known = before.dataset.distributions;
  for (catalogue::Distribution& each : dataset.distributions) {
    const auto id = catalogue::DistributionId::parse(each.national_id);
    if (!id || std::ranges::find(known, *id, &catalogue::Distribution::id) == known.end()) continue;
    each.id = *id;
    each.national_id.clear();
  }
}

JsonObject written(const Parts& parts, const Entry& entry, NationalVersion version) {
  const auto all = parts.index.publishers();
  const auto* publisher = find_publisher(*all, entry.dataset.publisher);
  catalogue::Publisher unnamed;
  unnamed.code = entry.dataset.publisher;
  JsonObject out =
      interchange::write_national(entry.dataset, publisher ? *publisher : unnamed, version,
                                  {.dataset_id = national_identifier(entry.dataset),
                                   .quality = badge_of(parts, entry),
                                   .published_at = entry.created_at,
                                   .changed_at = entry.changed_at});
  name_by_ours(out, entry.dataset);
  return out;
}

Result<net::Response> dataset(const Parts& parts, const net::Request& request,
                              NationalVersion version) {
  MINBEN_TRY(entry, parts.read([&](store::Transaction& tx) {
    return find_identified(parts, tx, std::string(request.parameter("id")));
  }));
  if (entry.status != Status::published) return fail(Kind::not_found, "no_such_dataset");
  return national_success(written(parts, entry, version));
}

// ---------------------------------------------------------------------------------- publishing

/// The metadata as it stands in the body, or in the specification's parameter `data`.
Result<Json> body_of(const net::Request& request) {
  const std::string_view data =
      request.form.has("data") ? request.form.get("data") : std::string_view(request.body);
  return parse_json(data, {.max_bytes = 4u << 20});
}

/// Whose dataset it is: by OID, by 機關代碼, or by name.
Result<catalogue::Publisher> own_publisher(const Parts& parts, store::Transaction& tx,
                                           const Key& key, const catalogue::Publisher& named) {
  MINBEN_TRY(all, parts.catalogue.publishers(tx));
  for (const auto matches : {+[](const catalogue::Publisher& a, const catalogue::Publisher& b) {
                               return !a.oid.empty() && a.oid == b.oid;
                             },
                             +[](const catalogue::Publisher& a, const catalogue::Publisher& b) {
                               return !a.org_code.empty() && a.org_code == b.org_code;
                             },
                             +[](const catalogue::Publisher& a, const catalogue::Publisher& b) {
                               return !a.title.zh_hant.empty() &&
                                      a.title.zh_hant == b.title.zh_hant;
                             }})
    for (const catalogue::Publisher& each : all)
      if (matches(each, named)) return publisher_for(parts, tx, key, each.code);
  return fail(Kind::invalid, "unknown_publisher", "no publisher has this OID, code or name",
              "/publisherOID");
}

Json identified(const Dataset& dataset) {
  return JsonObject{{"identifier", national_identifier(dataset)},
                    {"datasetId", national_identifier(dataset)}};
}

Result<Json> store(const Parts& parts, const net::Request& request, const std::string* identifier) {
  MINBEN_TRY(key, key_of(parts, request));
  MINBEN_TRY(body, body_of(request));
  auto found = interchange::read_national(body);
  if (!found) return fail(std::move(found.error().front()));
  return parts.database.transact([&](store::Transaction& tx) -> Result<Json> {
    Dataset dataset = found->dataset;
    MINBEN_TRY(publisher, own_publisher(parts, tx, key, found->publisher));
    dataset.publisher = publisher.code;
    auto before =
        find_identified(parts, tx, identifier ? *identifier : national_identifier(dataset));
    if (identifier) {
      if (!before) return fail(Kind::not_found, "no_such_dataset");
      const auto replace = [&](const Entry& now) -> Result<Dataset> {
        MINBEN_CHECK(publisher_for(parts, tx, key, now.dataset.publisher));
        dataset.name = now.dataset.name;
        take_back_ours(dataset, now);
        if (dataset.national_id.empty()) dataset.national_id = now.dataset.national_id;
        return dataset;
      };
      MINBEN_TRY(entry, parts.catalogue.change(tx, before->dataset.id, actor_of(key), replace));
      return identified(entry.dataset);
    }
    if (before && !dataset.national_id.empty())
      return fail(Kind::conflict, "name_taken", "the identifier is in use", "/identifier");
    MINBEN_TRY(puts, parts.catalogue.put(tx, {&dataset, 1}, actor_of(key)));
    MINBEN_TRY(put, std::move(puts.front()));
    MINBEN_TRY(entry, parts.catalogue.find(tx, put.id));
    return identified(entry.dataset);
  });
}

Result<Json> end(const Parts& parts, const net::Request& request, const std::string& identifier) {
  MINBEN_TRY(key, key_of(parts, request));
  return parts.database.transact([&](store::Transaction& tx) -> Result<Json> {
    MINBEN_TRY(entry, find_identified(parts, tx, identifier));
    MINBEN_CHECK(publisher_for(parts, tx, key, entry.dataset.publisher));
    MINBEN_CHECK(parts.catalogue.withdraw(tx, entry.dataset.id, entry.revision,
                                          "提供機關以介面下架", actor_of(key)));
    return Json(JsonObject{{"identifier", identifier}});
  });
}

/// The specification has codes of its own for who changes, and who ends, what is not there.
net::Response answer(const Result<Json>& result, std::string_view missing,
                     std::string_view identifier) {
  if (result) return national_success(*result);
  if (result.error().code != "no_such_dataset") return national_refusal(result.error(), identifier);
  return net::Response::json(
      JsonObject{{"success", false},
                 {"error", JsonObject{{"identifier", identifier},
                                      {"error_type", missing},
                                      {"message", missing.substr(missing.find(':') + 1)}}}},
      404);
}

void add_publishing(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access,
                    const std::string& base) {
  routes.push_back({net::Method::post, base, access, 4_MiB, [parts](net::Request& request) {
                      return answer(store(*parts, request, nullptr), "ER0050:資料集不存在", "");
                    }});
  routes.push_back(
      {net::Method::put, base + "/{id}", access, 4_MiB, [parts](net::Request& request) {
         const std::string id(request.parameter("id"));
         return answer(store(*parts, request, &id), "ER0050:欲修改的資料集不存在。", id);
       }});
  routes.push_back(
      {net::Method::del, base + "/{id}", access, 64u << 10, [parts](net::Request& request) {
         const std::string id(request.parameter("id"));
         return answer(end(*parts, request, id), "ER0060:欲刪除的資料集不存在。", id);
       }});
}

}  // namespace

void add_national(std::vector<net::Route>& routes, const PartsPtr& parts, net::Access access) {
  for (const std::string base : {"/api/v1/rest", "/api/v2/rest"}) {
    add_national_get(routes, parts, access, base + "/group", groups);
    add_national_get(routes, parts, access, base + "/group/{code}", group);
    add_national_get(routes, parts, access, base + "/tag", tags);
    add_national_get(routes, parts, access, base + "/tag/{tag}", tag);
    add_national_get(routes, parts, access, base + "/dataset", datasets);
    add_publishing(routes, parts, access, base + "/dataset");
  }
  add_national_get(routes, parts, access, "/api/v1/rest/dataset/{id}",
                   [](const Parts& with, const net::Request& request) {
                     return dataset(with, request, NationalVersion::v1);
                   });
  add_national_get(routes, parts, access, "/api/v2/rest/dataset/{id}",
                   [](const Parts& with, const net::Request& request) {
                     return dataset(with, request, NationalVersion::v2);
                   });
}

}  // namespace minben::interop
