// The showcase: rows, the stewards' look, and the check of links.
#include <algorithm>

#include <fmt/format.h>

#include "reuse_rows.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr int failures_of_broken = 3;
constexpr days check_every{7};
constexpr days check_again{1};  ///< after a failure

constexpr Names<ReuseKind, 5> kinds{{{ReuseKind::app, "app"},
                                     {ReuseKind::article, "article"},
                                     {ReuseKind::research, "research"},
                                     {ReuseKind::visualisation, "visualisation"},
                                     {ReuseKind::other, "other"}}};
constexpr Names<ReuseState, 4> states{{{ReuseState::held, "held"},
                                       {ReuseState::shown, "shown"},
                                       {ReuseState::declined, "declined"},
                                       {ReuseState::removed, "removed"}}};

constexpr Query lock_reuse{"voices_lock_reuse",
                           "select " MINBEN_REUSE_COLUMNS
                           " from voices.reuse where reuse_id = $1 for update"};
constexpr Query decide_reuse{"voices_decide_reuse", R"(
  update voices.reuse set state = $2::text, reason = $3, version = version + 1,
    shown_at = case when $2::text = 'shown' then $4::timestamptz else shown_at end
  where reuse_id = $1)"};
constexpr Query list_held{"voices_held_reuses", "select " MINBEN_REUSE_COLUMNS
                                                " from voices.reuse where state = 'held' "
                                                "order by sent_at, reuse_id limit 1000"};
constexpr Query any_picture{"voices_any_reuse_picture", R"(
  select picture, picture_type from voices.reuse where reuse_id = $1 and picture is not null)"};
constexpr Query shown_link{"voices_shown_link",
                           "select url from voices.reuse where reuse_id = $1 and state = 'shown'"};
constexpr Query due_links{"voices_due_links", R"(
  select reuse_id from voices.reuse
  where state = 'shown' and
    (checked_at is null or checked_at <= case when failures = 0 then $1::timestamptz else $2::timestamptz end)
  order by checked_at nulls first, reuse_id limit $3)"};
constexpr Query write_link{"voices_write_link", R"(
  update voices.reuse set checked_at = $2::timestamptz,
    failures = case when $3::boolean then 0 else failures + 1 end,
    broken_since = case when $3::boolean then null when failures + 1 >= $4::int then coalesce(broken_since, $2::timestamptz)
      else broken_since end
  where reuse_id = $1 and state = 'shown'
  returning person_id, title, failures)"};

/// One that does not want programs is there all the same.
bool answers(const Result<int>& status) {
  if (!status) return false;
  return *status < 400 || *status == 401 || *status == 403 || *status == 405 || *status == 429;
}

}  // namespace

std::string_view to_string(ReuseKind kind) { return name_in(kinds, kind); }
std::string_view to_string(ReuseState state) { return name_in(states, state); }
std::optional<ReuseKind> parse_reuse_kind(std::string_view text) { return value_in(kinds, text); }

Reuse reuse_of(const store::Row& row) {
  Reuse out;
  out.id = row.id<ReuseId>("reuse_id");
  out.person = row.id<PersonId>("person_id");
  out.kind = stored(value_in(kinds, row.text("kind")));
  out.title = row.text("title");
  out.words = row.text("words");
  out.url = row.text("url");
  out.picture_type = row.text("picture_type");
  for (const std::string& text : row.texts("datasets"))
    if (const auto id = DatasetId::parse(text)) out.datasets.push_back(*id);
  out.state = stored(value_in(states, row.text("state")));
  out.reason = row.text("reason");
  out.version = static_cast<int>(row.integer("version"));
  out.sent_at = row.instant("sent_at");
  out.shown_at = row.optional_instant("shown_at");
  out.broken_since = row.optional_instant("broken_since");
  return out;
}

std::vector<Reuse> reuses(const store::Rows& rows) {
  std::vector<Reuse> out;
  for (const store::Row row : rows) out.push_back(reuse_of(row));
  return out;
}

Result<Picture> picture_of(const store::Rows& rows) {
  if (rows.empty()) return fail(Kind::not_found, "no_picture", "there is none");
  const Bytes bytes = rows.front().bytes("picture");
  return Picture{std::string(as_text(bytes)), rows.front().text("picture_type")};
}

Result<Reuse> Showcase::read(store::Transaction& tx, ReuseId id) {
  MINBEN_TRY(rows, tx.run(lock_reuse, id));
  if (rows.empty()) return fail(Kind::not_found, "reuse_not_found", "no such entry");
  Reuse out = reuse_of(rows.front());
  MINBEN_TRY(name, common_.open_name(tx, out.person, rows.front()));
  out.name = std::move(name);
  return out;
}

Result<void> Showcase::check_may_look(store::Transaction& tx, const identity::Officer& officer,
                                      const Reuse& reuse) {
  if (keeps_the_platform(common_.config, officer)) return {};
  MINBEN_TRY(entries, common_.parts.catalogue.entries(tx, reuse.datasets));
  Result<void> allowed = fail(Kind::forbidden, "not_yours", "of other publishers' datasets");
  for (const catalogue::Entry& entry : entries) {
    allowed = common_.check_steward(tx, officer, entry.dataset.publisher);
    if (allowed || allowed.error().code == "role_missing") break;
  }
  return allowed;
}

Result<void> Showcase::show(const identity::Officer& officer, ReuseId id, int version) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(reuse, read(tx, id));
    MINBEN_CHECK(check_may_look(tx, officer, reuse));
    if (reuse.version != version || reuse.state != ReuseState::held)
      return fail(Kind::conflict, "reuse_changed", "somebody was faster");
    MINBEN_CHECK(tx.run(decide_reuse, id, "shown", "", common_.now()));
    for (const DatasetId& dataset : reuse.datasets)
      MINBEN_CHECK(store::publish(
          tx, topic, to_string(id),
          JsonObject{{"kind", "reuse"}, {"step", "shown"}, {"dataset", to_string(dataset)}}));
    return common_.tell_person(
        tx, reuse.person,
        {"reuse_shown", reuse.title, "reuses/" + to_string(id), "reuse:" + to_string(id)});
  });
}

Result<void> Showcase::decline(const identity::Officer& officer, ReuseId id, int version,
                               std::string_view reason) {
  MINBEN_TRY(words, checked_text(reason, {"reason"}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(reuse, read(tx, id));
    MINBEN_CHECK(check_may_look(tx, officer, reuse));
    const bool platform = keeps_the_platform(common_.config, officer);
    const bool decidable =
        reuse.state == ReuseState::held || (platform && reuse.state == ReuseState::shown);
    if (reuse.version != version || !decidable)
      return fail(Kind::conflict, "reuse_changed", "somebody was faster");
    MINBEN_CHECK(tx.run(decide_reuse, id, "declined", words, common_.now()));
    return common_.tell_person(
        tx, reuse.person,
        {"reuse_declined", reuse.title, "reuses/" + to_string(id), "reuse:" + to_string(id)});
  });
}

Result<std::vector<Reuse>> Showcase::queue(const identity::Officer& officer) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<std::vector<Reuse>> {
    MINBEN_TRY(codes, common_.publishers_of(tx, officer));  // also says "role_missing"
    MINBEN_TRY(rows, tx.run(list_held));
    std::vector<Reuse> all = reuses(rows);
    if (keeps_the_platform(common_.config, officer)) return all;
    std::vector<Reuse> mine;
    for (Reuse& reuse : all) {
      if (mine.size() == 200) break;
      MINBEN_TRY(entries, common_.parts.catalogue.entries(tx, reuse.datasets));
      if (std::ranges::any_of(entries, [&](const catalogue::Entry& entry) {
            return std::ranges::find(codes, entry.dataset.publisher.value) != codes.end();
          }))
        mine.push_back(std::move(reuse));
    }
    return mine;
  });
}

Result<Reuse> Showcase::open(const identity::Officer& officer, ReuseId id) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<Reuse> {
    MINBEN_TRY(reuse, read(tx, id));
    MINBEN_CHECK(check_may_look(tx, officer, reuse));
    reuse.person = PersonId{};
    return reuse;
  });
}

Result<Picture> Showcase::picture(const identity::Officer& officer, ReuseId id) {
  MINBEN_CHECK(open(officer, id));
  MINBEN_TRY(rows, common_.parts.database.run(any_picture, id));
  return picture_of(rows);
}

Result<int> Showcase::queue_links(store::Transaction& tx, int most) {
  const Instant now = common_.now();
  MINBEN_TRY(rows, tx.run(due_links, now - check_every, now - check_again, most));
  for (const store::Row row : rows)
    MINBEN_CHECK(store::enqueue(tx, {std::string(link_job), row.text("reuse_id"), JsonObject{}}));
  return rows.size();
}

Result<void> Showcase::check_link(store::Transaction& tx, ReuseId id, const LinkCheck& check) {
  MINBEN_TRY(found, tx.run(shown_link, id));
  if (found.empty()) return {};
  const bool there = answers(check(found.front().text("url")));
  MINBEN_TRY(rows, tx.run(write_link, id, common_.now(), there, failures_of_broken));
  if (rows.empty() || rows.front().integer("failures") != failures_of_broken) return {};
  return common_.tell_person(tx, rows.front().id<PersonId>("person_id"),
                             {"reuse_broken", rows.front().text("title"), "reuses/" + to_string(id),
                              fmt::format("reuse:{}:{}", to_string(id), to_string(common_.now()))});
}

}  // namespace minben::voices
