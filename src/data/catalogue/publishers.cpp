// Who publishes, and series of datasets.
#include "catalogue.hpp"

#include <fmt/format.h>

#include "rows.hpp"

namespace minben::catalogue {

namespace {

constexpr Query find_publisher{"catalogue_publisher",
                               "select * from catalogue.publisher where code = $1"};
constexpr Query find_publishers{
    "catalogue_publishers", "select * from catalogue.publisher where position > $1 order by code"};
constexpr Query write_publisher{"catalogue_save_publisher", R"(
  insert into catalogue.publisher (code, title_zh, title_en, description_zh, description_en, oid,
    org_code, agency, parent, url, image_url, created_at, changed_at, position)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, nextval('catalogue.position'))
  on conflict (code) do update set title_zh = $2, title_en = $3, description_zh = $4,
    description_en = $5, oid = $6, org_code = $7, agency = $8, parent = $9, url = $10,
    image_url = $11, changed_at = $12, position = excluded.position)"};

constexpr Query write_series{"catalogue_save_series", R"(
  insert into catalogue.series (series_id, name, publisher, title_zh, title_en, description_zh,
    description_en, frequency, created_at, changed_at)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
  on conflict (series_id) do update set name = $2, publisher = $3, title_zh = $4, title_en = $5,
    description_zh = $6, description_en = $7, frequency = $8, changed_at = $9)"};
constexpr Query find_series{"catalogue_series",
                            "select * from catalogue.series where series_id = $1"};
constexpr Query find_all_series{"catalogue_all_series",
                                "select * from catalogue.series order by name"};

/// A frequency has no column of its own: it is kept as a dataset's is.
std::string frequency_text(const Frequency& frequency) {
  Dataset carrier;
  carrier.frequency = frequency;
  return write_json(*find(to_json(carrier), "frequency"));
}

Result<Frequency> frequency_of(const std::string& text) {
  MINBEN_TRY(json, parse_json(text));
  MINBEN_TRY(carrier, dataset_from_json(JsonObject{{"frequency", json}}));
  return carrier.frequency;
}

Result<Series> series_of(const store::Row& row) {
  Series series;
  series.id = row.id<SeriesId>("series_id");
  series.name = row.text("name");
  series.publisher = PublisherCode{row.text("publisher")};
  series.title = {row.text("title_zh"), row.text("title_en")};
  series.description = {row.text("description_zh"), row.text("description_en")};
  MINBEN_TRY(frequency, frequency_of(row.text("frequency")));
  series.frequency = frequency;
  series.created_at = row.instant("created_at");
  series.changed_at = row.instant("changed_at");
  return series;
}

Result<void> check(const Publisher& publisher) {
  if (!is_code(publisher.code.value))
    return fail(Kind::invalid, "not_a_code", "expected [a-z0-9][a-z0-9._-]{0,63}", "/code");
  if (publisher.title.empty()) return fail(Kind::invalid, "missing", "a name", "/title");
  for (const std::string* each : {&publisher.title.zh_hant, &publisher.title.en, &publisher.oid,
                                  &publisher.org_code, &publisher.url, &publisher.image_url})
    if (each->size() > 2000 || !is_utf8(*each))
      return fail(Kind::invalid, "too_long", "at most 2000 bytes of UTF-8", "/");
  for (const std::string* each : {&publisher.description.zh_hant, &publisher.description.en})
    if (each->size() > (64u << 10) || !is_utf8(*each))
      return fail(Kind::invalid, "too_long", "at most 64 KiB of UTF-8", "/description");
  return {};
}

}  // namespace

Result<void> Catalogue::save(store::Transaction& tx, const Publisher& p) const {
  MINBEN_CHECK(check(p));
  MINBEN_CHECK(take_turn(tx));
  MINBEN_TRY(rows, tx.run(find_publisher, p.code));
  if (!rows.empty()) {
    const std::string oid = rows.front().text("oid");
    if (!oid.empty() && oid != p.oid)
      return fail(Kind::conflict, "oid_changes", "a publisher's OID does not change", "/oid");
  }
  MINBEN_CHECK(tx.run(write_publisher, p.code, p.title.zh_hant, p.title.en, p.description.zh_hant,
                      p.description.en, p.oid, p.org_code, p.agency, p.parent, p.url, p.image_url,
                      tx.now()));
  return {};
}

Result<Publisher> Catalogue::publisher(store::Transaction& tx, const PublisherCode& code) const {
  MINBEN_TRY(rows, tx.run(find_publisher, code));
  if (rows.empty()) return fail(Kind::not_found, "no_such_publisher", code.value);
  return publisher_of(rows.front());
}

Result<std::vector<Publisher>> Catalogue::publishers(store::Transaction& tx,
                                                     std::int64_t after) const {
  MINBEN_TRY(rows, tx.run(find_publishers, after));
  std::vector<Publisher> publishers;
  for (const store::Row row : rows) publishers.push_back(publisher_of(row));
  return publishers;
}

Result<Series> Catalogue::save(store::Transaction& tx, Series series) const {
  if (series.title.empty()) return fail(Kind::invalid, "missing", "a title", "/title");
  if (series.id.is_nil()) series.id = SeriesId::make(clock_, random_);
  if (series.name.empty()) series.name = slug_of(series.title.en);
  if (series.name.empty()) series.name = "s-" + to_string(series.id).substr(28);
  const auto written = tx.run(write_series, series.id, series.name, series.publisher,
                              series.title.zh_hant, series.title.en, series.description.zh_hant,
                              series.description.en, frequency_text(series.frequency), tx.now());
  if (!written) {
    if (written.error().code == "duplicate")
      return fail(Kind::conflict, "name_taken", "another series has this name", "/name");
    return fail(written.error());
  }
  return this->series(tx, series.id);
}

Result<Series> Catalogue::series(store::Transaction& tx, SeriesId id) const {
  MINBEN_TRY(rows, tx.run(find_series, id));
  if (rows.empty()) return fail(Kind::not_found, "no_such_series");
  return series_of(rows.front());
}

Result<std::vector<Series>> Catalogue::all_series(store::Transaction& tx) const {
  MINBEN_TRY(rows, tx.run(find_all_series));
  std::vector<Series> all;
  for (const store::Row row : rows) {
    MINBEN_TRY(each, series_of(row));
    all.push_back(std::move(each));
  }
  return all;
}

}  // namespace minben::catalogue
