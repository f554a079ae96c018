// The showcase: what people send, and what everybody sees.
#include "voices/showcase.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "reuse_rows.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr std::size_t most_url = 1000;

constexpr Query count_recent{
    "voices_recent_reuses",
    "select count(*) as n from voices.reuse where person_id = $1 and sent_at > $2"};
constexpr Query insert_reuse{"voices_insert_reuse", R"(
  insert into voices.reuse (reuse_id, person_id, name, kind, title, words, url, picture, picture_type,
    datasets, state, reason, version, sent_at, failures)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'held', '', 1, $11, 0))"};
constexpr Query remove_own{"voices_remove_reuse", R"(
  update voices.reuse set state = 'removed', version = version + 1, picture = null, picture_type = ''
  where reuse_id = $1 and person_id = $2 and state <> 'removed')"};
constexpr Query list_shown{"voices_reuse_list",
                           "select " MINBEN_REUSE_COLUMNS
                           ", count(*) over () as total from voices.reuse where state = 'shown' "
                           "order by shown_at desc, reuse_id limit $1 offset $2"};
constexpr Query list_of_dataset{"voices_reuses_of_dataset",
                                "select " MINBEN_REUSE_COLUMNS
                                " from voices.reuse where state = 'shown' and datasets @> "
                                "array[$1::text] order by shown_at desc, reuse_id limit $2"};
constexpr Query list_of_person{"voices_reuses_of",
                               "select " MINBEN_REUSE_COLUMNS
                               " from voices.reuse where person_id = $1 and state <> 'removed' "
                               "order by sent_at desc, reuse_id limit 200"};
constexpr Query shown_picture{"voices_reuse_picture", R"(
  select picture, picture_type from voices.reuse
  where reuse_id = $1 and state = 'shown' and picture is not null)"};

/// What the first bytes say; nothing for anything else.
std::string_view picture_type(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  return {};
}

Result<std::string> checked_url(std::string_view url) {
  const std::string_view text = trim(url);
  const bool known = text.starts_with("https://") || text.starts_with("http://");
  const bool clean =
      std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
  if (!known || !clean || text.size() > most_url || text.find('@') != text.npos)
    return fail(Kind::invalid, "bad_address", "an http(s) address of at most 1000 bytes", "url");
  return std::string(text);
}

Result<NewReuse> checked(const NewReuse& given) {
  NewReuse out = given;
  MINBEN_TRY(title, checked_text(given.title, {"title", most_title}));
  MINBEN_TRY(words, checked_text(given.words, {"words"}));
  MINBEN_TRY(url, checked_url(given.url));
  out.title = title;
  out.words = words;
  out.url = url;
  if (out.picture.size() > most_picture_bytes)
    return fail(Kind::too_large, "bad_picture", "at most 512 KiB", "picture");
  if (!out.picture.empty() && picture_type(out.picture).empty())
    return fail(Kind::invalid, "bad_picture", "a PNG or JPEG", "picture");
  std::ranges::sort(out.datasets);
  out.datasets.erase(std::ranges::unique(out.datasets).begin(), out.datasets.end());
  if (out.datasets.empty() || out.datasets.size() > most_reuse_datasets)
    return fail(Kind::invalid, "missing", "1 to 20 datasets", "datasets");
  return out;
}

Result<void> check_published(const Common& common, store::Transaction& tx,
                             const std::vector<DatasetId>& datasets) {
  MINBEN_TRY(entries, common.parts.catalogue.entries(tx, datasets));
  const auto published =
      std::ranges::count(entries, catalogue::Status::published, &catalogue::Entry::status);
  if (static_cast<std::size_t>(published) == datasets.size()) return {};
  return fail(Kind::invalid, "no_such_dataset", "not published", "datasets");
}

std::vector<std::string> texts_of(const std::vector<DatasetId>& datasets) {
  std::vector<std::string> out;
  for (const DatasetId& id : datasets) out.push_back(to_string(id));
  return out;
}

}  // namespace

Result<ReuseId> Showcase::send(const Author& author, const NewReuse& given) {
  MINBEN_TRY(reuse, checked(given));
  MINBEN_CHECK(check_author(author));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<ReuseId> {
    MINBEN_CHECK(take_turn(tx, "reuse", author.person));
    MINBEN_TRY(counted, tx.run(count_recent, author.person, common_.now() - hours{24}));
    if (counted.front().integer("n") >= common_.config.most_reuses_a_day)
      return fail(Kind::too_many, "too_many_reuses", "wait until tomorrow");
    MINBEN_CHECK(check_published(common_, tx, reuse.datasets));
    MINBEN_TRY(name, common_.seal_name(tx, author));
    const auto id = ReuseId::make(common_.parts.clock, common_.parts.random);
    std::optional<Bytes> picture;
    if (!reuse.picture.empty()) picture.emplace(reuse.picture.begin(), reuse.picture.end());
    MINBEN_CHECK(tx.run(insert_reuse, id, author.person, name, to_string(reuse.kind), reuse.title,
                        reuse.words, reuse.url, picture, picture_type(reuse.picture),
                        texts_of(reuse.datasets), common_.now()));
    MINBEN_TRY(entry, common_.parts.catalogue.find(tx, reuse.datasets.front()));
    MINBEN_CHECK(common_.tell_stewards(
        tx, entry.dataset.publisher.value,
        {"reuse_new", reuse.title, "desk/data/reuses/" + to_string(id), "reuse:" + to_string(id)}));
    return id;
  });
}

Result<void> Showcase::remove(PersonId person, ReuseId id) {
  MINBEN_TRY(removed, common_.parts.database.run(remove_own, id, person));
  if (removed.affected() == 0)
    return fail(Kind::not_found, "reuse_not_found", "no such entry of this person");
  return {};
}

Result<std::vector<Reuse>> Showcase::of_person(PersonId person) {
  MINBEN_TRY(rows, common_.parts.database.run(list_of_person, person));
  return reuses(rows);
}

Result<ReusePage> Showcase::list(int limit, int offset) {
  if (limit < 1 || limit > 100 || offset < 0)
    return fail(Kind::invalid, "out_of_range", "1 to 100 a page");
  MINBEN_TRY(rows, common_.parts.database.run(list_shown, limit, offset));
  return ReusePage{reuses(rows), rows.empty() ? 0 : rows.front().integer("total")};
}

Result<std::vector<Reuse>> Showcase::of_dataset(DatasetId dataset, int limit) {
  if (limit < 1 || limit > 100) return fail(Kind::invalid, "out_of_range", "1 to 100");
  MINBEN_TRY(rows, common_.parts.database.run(list_of_dataset, to_string(dataset), limit));
  return reuses(rows);
}

Result<Reuse> Showcase::find(ReuseId id, std::optional<PersonId> viewer) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<Reuse> {
    MINBEN_TRY(reuse, read(tx, id));
    if (reuse.state != ReuseState::shown && viewer != reuse.person)
      return fail(Kind::not_found, "reuse_not_found", "not shown");
    return reuse;
  });
}

Result<Picture> Showcase::picture(ReuseId id) {
  MINBEN_TRY(rows, common_.parts.database.run(shown_picture, id));
  return picture_of(rows);
}

}  // namespace minben::voices
