#include "rows.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/large_json.hpp"

namespace minben::catalogue {

namespace {
constexpr Query turn{"catalogue_turn",
                     "select pg_advisory_xact_lock(hashtextextended('catalogue.write', 0))"};
constexpr Query add_distributions{"catalogue_add_distributions", R"(
  insert into catalogue.distribution (distribution_id, dataset_id)
  select * from unnest($1::uuid[], $2::uuid[])
  on conflict (distribution_id) do nothing)"};
constexpr Query set_series{"catalogue_set_series", R"(
  with given as (select dataset_id::uuid, nullif(series_id, '')::uuid as series_id
      from unnest($1::text[], $2::text[]) as each (dataset_id, series_id)),
    gone as (delete from catalogue.series_member member using given
      where member.dataset_id = given.dataset_id and given.series_id is null)
  insert into catalogue.series_member (dataset_id, series_id)
  select dataset_id, series_id from given where series_id is not null
  on conflict (dataset_id) do update set series_id = excluded.series_id)"};
}  // namespace

Result<void> take_turn(store::Transaction& tx) {
  MINBEN_CHECK(tx.run(turn));
  return {};
}

Result<Dataset> document_of(const std::string& text) {
  JsonPool pool;  // a list has a thousand of these
  MINBEN_TRY(json, parse_json(text, pool));
  auto dataset = dataset_from_json(json);
  if (!dataset)
    return fail(Kind::internal, "broken_document", describe(dataset.error()), "catalogue.dataset");
  return dataset;
}

Result<Entry> entry_of(const store::Row& row) {
  Entry entry;
  MINBEN_TRY(dataset, document_of(row.text(row.is_null("document") ? "draft" : "document")));
  entry.dataset = std::move(dataset);
  const std::string status = row.text("status");
  entry.status = status == "draft"       ? Status::draft
                 : status == "published" ? Status::published
                                         : Status::withdrawn;
  entry.version = static_cast<int>(row.integer("version"));
  entry.revision = static_cast<int>(row.integer("revision"));
  entry.has_draft = !row.is_null("draft");
  entry.created_at = row.instant("created_at");
  entry.changed_at = row.instant("changed_at");
  if (!row.is_null("withdrawn_at"))
    entry.withdrawal = Withdrawal{row.instant("withdrawn_at"), row.text("withdrawn_reason"),
                                  row.text("withdrawn_by")};
  entry.position = row.integer("position");
  return entry;
}

Result<std::vector<Entry>> entries_of(const store::Rows& rows) {
  std::vector<Entry> entries;
  entries.reserve(static_cast<std::size_t>(rows.size()));
  for (const store::Row row : rows) {
    MINBEN_TRY(entry, entry_of(row));
    entries.push_back(std::move(entry));
  }
  return entries;
}

Publisher publisher_of(const store::Row& row) {
  Publisher publisher;
  publisher.code = PublisherCode{row.text("code")};
  publisher.title = {row.text("title_zh"), row.text("title_en")};
  publisher.description = {row.text("description_zh"), row.text("description_en")};
  publisher.oid = row.text("oid");
  publisher.org_code = row.text("org_code");
  publisher.agency = row.text("agency");
  publisher.parent = row.text("parent");
  publisher.url = row.text("url");
  publisher.image_url = row.text("image_url");
  publisher.created_at = row.instant("created_at");
  publisher.changed_at = row.instant("changed_at");
  publisher.position = row.integer("position");
  return publisher;
}

std::string slug_of(std::string_view text) {
  std::string out;
  for (const char c : to_lower_ascii(text)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
    else if (!out.empty() && out.back() != '-' && static_cast<unsigned char>(c) < 0x80) out += '-';
    if (out.size() == 80) break;
  }
  while (!out.empty() && out.back() == '-') out.pop_back();
  return out.size() < 2 ? std::string() : out;
}

// RFC 9562 §5.8: version 8, the bits are our own.
Uuid uuid_of(std::string_view what, std::string_view source, std::string_view identifier) {
  std::string text(what);
  for (const std::string_view part : {source, identifier})
    text += fmt::format("\n{}:{}", part.size(), part);
  const auto digest = sha256(text);
  Uuid uuid;
  std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0f) | 0x80);
  uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3f) | 0x80);
  return uuid;
}

namespace {

/// The distribution of before that this one is, or nullptr; each is taken once.
const Distribution* same_as(const Distribution& d, const Dataset& before,
                            const std::vector<DistributionId>& taken) {
  const auto matching = [&](auto&& member) -> const Distribution* {
    if (member(d).empty()) return nullptr;
    for (const Distribution& old : before.distributions)
      if (member(old) == member(d) && std::ranges::find(taken, old.id) == taken.end()) return &old;
    return nullptr;
  };
  if (const auto* found = matching([](const Distribution& x) { return x.national_id; }))
    return found;
  if (const auto* found = matching([](const Distribution& x) { return x.download_url; }))
    return found;
  if (const auto* found = matching([](const Distribution& x) { return x.access_url; }))
    return found;
  return matching([](const Distribution& x) { return x.title.in(Language::zh_hant); });
}

DistributionId new_distribution_id(const Dataset& dataset, const Distribution& d, std::size_t index,
                                   const Clock& clock, Random& random) {
  if (!dataset.origin) return DistributionId::make(clock, random);
  const std::string key = fmt::format(
      "{}\n{}\n{}", d.national_id, d.download_url.empty() ? d.access_url : d.download_url, index);
  return {uuid_of("distribution", to_string(dataset.id), key)};
}

std::string new_name(const Dataset& dataset) {
  std::string name = slug_of(dataset.title.en);
  const std::string id = to_string(dataset.id);
  const std::string tail = id.substr(id.size() - 8);
  return name.empty() ? "d-" + tail : fmt::format("{}-{}", name, tail);
}

}  // namespace

void complete(Dataset& dataset, const Dataset* before, const Clock& clock, Random& random) {
  if (before) {
    dataset.id = before->id;
    if (dataset.name.empty()) dataset.name = before->name;
  } else if (dataset.id.is_nil()) {
    dataset.id =
        dataset.origin
            ? DatasetId{uuid_of("dataset", dataset.origin->source, dataset.origin->identifier)}
            : DatasetId::make(clock, random);
  }
  if (dataset.name.empty()) dataset.name = new_name(dataset);
  std::vector<DistributionId> taken;
  for (const Distribution& each : dataset.distributions)
    if (!each.id.is_nil()) taken.push_back(each.id);
  for (std::size_t i = 0; i < dataset.distributions.size(); ++i) {
    Distribution& each = dataset.distributions[i];
    if (!each.id.is_nil()) continue;
    const Distribution* old = before ? same_as(each, *before, taken) : nullptr;
    each.id = old ? old->id : new_distribution_id(dataset, each, i, clock, random);
    taken.push_back(each.id);
  }
}

Errors check_for_release(const Dataset& dataset) {
  Errors faults;
  const auto missing = [&](std::string_view pointer, std::string_view detail) {
    faults.push_back({Kind::invalid, "missing", std::string(detail), std::string(pointer), 0, 0});
  };
  if (dataset.description.empty()) missing("/description", "a published dataset is described");
  if (dataset.licence.empty()) missing("/licence", "a published dataset says its licence");
  if (dataset.distributions.empty()) missing("/distributions", "there is nothing to get");
  for (std::size_t i = 0; i < dataset.distributions.size(); ++i)
    if (dataset.distributions[i].access_url.empty() &&
        dataset.distributions[i].download_url.empty())
      missing(fmt::format("/distributions/{}/download_url", i), "it has no address");
  return faults;
}

Result<void> announce(store::Transaction& tx, const DatasetId& id, std::string_view what,
                      int version, const PublisherCode& publisher) {
  return store::publish(
      tx, topic, to_string(id),
      JsonObject{{"what", what}, {"version", version}, {"publisher", publisher.value}});
}

void note_series(store::Transaction& tx, std::span<const Dataset* const> datasets) {
  std::vector<std::string> ids, series;
  for (const Dataset* each : datasets) {
    ids.push_back(to_string(each->id));
    series.push_back(each->series ? to_string(*each->series) : std::string());
  }
  tx.queue(set_series, ids, series);
}

void note_distributions(store::Transaction& tx, std::span<const Dataset* const> datasets) {
  std::vector<std::string> ids, owners;
  for (const Dataset* dataset : datasets) {
    const std::string owner = to_string(dataset->id);
    for (const Distribution& each : dataset->distributions) {
      ids.push_back(to_string(each.id));
      owners.push_back(owner);
    }
  }
  tx.queue(add_distributions, ids, owners);
}

}  // namespace minben::catalogue
