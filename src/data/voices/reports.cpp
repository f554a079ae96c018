// Problem reports: what people and the clock do.
#include "voices/reports.hpp"

#include <fmt/format.h>

#include "report_rows.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr days again_within{30};
constexpr std::size_t most_addresses = 10'000;  ///< remembered for an hour

constexpr Query count_recent{
    "voices_recent_reports",
    "select count(*) as n from voices.report where person_id = $1 and reported_at > $2"};
constexpr Query count_held{"voices_held_reports", R"(
  select count(*) as n, count(*) filter (where dataset_id = $1) as here
  from voices.report where state = 'held')"};
constexpr Query held_turn{"voices_held_turn",
                          "select pg_advisory_xact_lock(hashtextextended('voices.held', 0))"};
constexpr Query add_other{"voices_add_me_too", R"(
  insert into voices.report_me_too (report_id, person_id, at) values ($1, $2, $3)
  on conflict do nothing)"};
constexpr Query count_others{"voices_count_me_too",
                             "update voices.report set me_too = me_too + $2 where report_id = $1"};
constexpr Query is_other{
    "voices_is_me_too",
    "select 1 as one from voices.report_me_too where report_id = $1 and person_id = $2"};
constexpr Query of_one{"voices_reports_of", R"(
  select * from voices.report where person_id = $1 order by reported_at desc, report_id limit 200)"};
constexpr Query list_of_dataset{"voices_reports_of_dataset", R"(
  select * from voices.report where dataset_id = $1 and state not in ('held', 'declined', 'merged')
  order by state not in ('open', 'acknowledged'), reported_at desc, report_id limit $2)"};
constexpr Query find_answered{"voices_report_answered_at", R"(
  select max(at) as at from voices.report_step
  where report_id = $1 and step in ('fixed', 'not_a_problem'))"};

bool is_hidden(ReportState state) {
  return state == ReportState::held || state == ReportState::declined;
}

}  // namespace

Result<ReportId> Reports::add(store::Transaction& tx, const NewReport& given,
                              const std::optional<Author>& author) {
  MINBEN_TRY(place, checked_text(given.place, {"place", most_title, false}));
  MINBEN_TRY(words, checked_text(given.words, {"words"}));
  MINBEN_TRY(entry, common_.parts.catalogue.find(tx, given.dataset));
  if (entry.status == catalogue::Status::draft)
    return fail(Kind::not_found, "no_such_dataset", "not published");
  if (given.distribution &&
      std::ranges::find(entry.dataset.distributions, *given.distribution,
                        &catalogue::Distribution::id) == entry.dataset.distributions.end())
    return fail(Kind::invalid, "no_such_distribution", "not of this dataset", "distribution");
  ReportRow row;
  row.id = ReportId::make(common_.parts.clock, common_.parts.random);
  row.dataset = given.dataset;
  row.distribution = given.distribution;
  row.publisher = entry.dataset.publisher;
  row.kind = given.kind;
  row.place = place;
  row.words = words;
  row.state = author ? ReportState::open : ReportState::held;
  row.reported_at = common_.now();
  if (author) row.person = author->person;
  MINBEN_TRY(agency, common_.agency_of(tx, row.publisher.value));
  row.begin(common_.term(agency, row.reported_at, common_.config.report_days));
  std::optional<Bytes> name;
  if (author) {
    MINBEN_TRY(sealed, common_.seal_name(tx, *author));
    name = std::move(sealed);
  }
  MINBEN_CHECK(insert_report(tx, row, name));
  MINBEN_CHECK(
      record(common_, tx, row, {ReportStep::reported, {{"due_at", to_string(row.due_at)}}}));
  MINBEN_TRY(news, news_of(common_, tx, row, "report_new", true));
  MINBEN_CHECK(author ? common_.tell_stewards(tx, row.publisher.value, news)
                      : common_.tell_platform(tx, news));
  return row.id;
}

Result<ReportId> Reports::report(const Author& author, const NewReport& given) {
  MINBEN_CHECK(check_author(author));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<ReportId> {
    MINBEN_CHECK(take_turn(tx, "report", author.person));
    MINBEN_TRY(counted, tx.run(count_recent, author.person, common_.now() - hours{24}));
    if (counted.front().integer("n") >= common_.config.most_reports_a_day)
      return fail(Kind::too_many, "too_many_reports", "wait until tomorrow");
    return add(tx, given, author);
  });
}

Result<void> Reports::count_stranger(std::string_view remote_address) {
  const Bytes key = common_.parts.identity.vault().lookup("voices.stranger", remote_address);
  const Instant before = common_.now() - hours{1};
  const std::lock_guard lock(mutex_);
  std::erase_if(strangers_, [&](const auto& each) { return each.second.back() < before; });
  if (!strangers_.contains(key) && strangers_.size() >= most_addresses)
    return fail(Kind::too_many, "too_many_reports", "too many report without an account");
  std::deque<Instant>& times = strangers_[key];
  while (!times.empty() && times.front() < before) times.pop_front();
  if (times.size() >= static_cast<std::size_t>(common_.config.most_strangers_an_hour))
    return fail(Kind::too_many, "too_many_reports", "wait an hour, or sign in");
  times.push_back(common_.now());
  return {};
}

Result<ReportId> Reports::report_unknown(std::string_view remote_address, const NewReport& given) {
  MINBEN_CHECK(count_stranger(remote_address));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<ReportId> {
    MINBEN_CHECK(tx.run(held_turn));
    MINBEN_TRY(counted, tx.run(count_held, given.dataset));
    if (counted.front().integer("n") >= common_.config.most_held ||
        counted.front().integer("here") >= common_.config.most_held_a_dataset)
      return fail(Kind::too_many, "too_many_reports", "many wait for a look already; sign in");
    return add(tx, given, std::nullopt);
  });
}

Result<void> Reports::me_too(PersonId person, ReportId id) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, locked_report(tx, id));
    if (is_hidden(row.state)) return fail(Kind::not_found, "report_not_found", "not shown");
    if (!row.waiting()) return fail(Kind::conflict, "report_closed", "it is dealt with");
    if (row.person == person) return {};
    MINBEN_TRY(added, tx.run(add_other, id, person, common_.now()));
    MINBEN_CHECK(tx.run(count_others, id, added.affected()));
    return {};
  });
}

Result<bool> Reports::has_it_too(PersonId person, ReportId id) {
  MINBEN_TRY(rows, common_.parts.database.run(is_other, id, person));
  return !rows.empty();
}

Result<void> Reports::again(PersonId person, ReportId id, int version, std::string_view words) {
  MINBEN_TRY(text, checked_text(words, {"words"}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, locked_report(tx, id));
    if (row.person != person) return fail(Kind::not_found, "report_not_found", "somebody else's");
    if (row.version != version)
      return fail(Kind::conflict, "report_changed", "there is news meanwhile");
    if (row.state != ReportState::fixed && row.state != ReportState::not_a_problem)
      return fail(Kind::conflict, "not_answered", "nobody says that it is dealt with");
    if (row.again) return fail(Kind::conflict, "already_again", "once; make a new report");
    MINBEN_TRY(answered, tx.run(find_answered, id));
    if (common_.now() > answered.front().instant("at") + again_within)
      return fail(Kind::conflict, "too_late", "after 30 days make a new report");
    row.state = ReportState::open;
    row.again = true;
    row.fixed_in = 0;
    MINBEN_TRY(agency, common_.agency_of(tx, row.publisher.value));
    row.begin(common_.term(agency, common_.now(), common_.config.report_days));
    MINBEN_CHECK(record(common_, tx, row,
                        {ReportStep::again, {{"words", text}, {"due_at", to_string(row.due_at)}}}));
    MINBEN_TRY(news, news_of(common_, tx, row, "report_again", true));
    return common_.tell_stewards(tx, row.publisher.value, news);
  });
}

Result<std::vector<ReportLine>> Reports::of_person(PersonId person) {
  MINBEN_TRY(rows, common_.parts.database.run(of_one, person));
  return report_lines(rows);
}

Result<Report> Reports::find(ReportId id, std::optional<PersonId> viewer) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<Report> {
    MINBEN_TRY(report, read_report(common_, tx, id));
    const bool own = viewer && !report.person.is_nil() && *viewer == report.person;
    if (is_hidden(report.state) && !own)
      return fail(Kind::not_found, "report_not_found", "not shown");
    return report;
  });
}

Result<std::vector<ReportLine>> Reports::of_dataset(DatasetId dataset, int limit) {
  if (limit < 1 || limit > 200) return fail(Kind::invalid, "out_of_range", "1 to 200");
  MINBEN_TRY(rows, common_.parts.database.run(list_of_dataset, dataset, limit));
  return report_lines(rows);
}

/// Once before the last day ends and once after.
Result<void> Reports::clock_struck(store::Transaction& tx, const store::Job& job) {
  MINBEN_TRY(id, ReportId::parse(job.key));
  MINBEN_TRY(row, locked_report(tx, id));
  if (!row.waiting() || row.escalated) return {};
  const bool held = row.state == ReportState::held;
  const std::string whose = held ? "" : row.publisher.value;
  if (common_.now() >= row.due_at) {
    row.escalated = true;
    MINBEN_CHECK(record(common_, tx, row, {.step = ReportStep::escalated}));
    MINBEN_TRY(news, news_of(common_, tx, row, "overdue", true));
    MINBEN_CHECK(common_.tell_stewards(tx, whose, news));
    return common_.tell_platform(tx, news);
  }
  if (!row.reminded && common_.now() >= row.remind_at) {
    row.reminded = true;
    MINBEN_TRY(news, news_of(common_, tx, row, "due_soon", true));
    MINBEN_CHECK(common_.tell_stewards(tx, whose, news));
  }
  return note_report(tx, row);
}

}  // namespace minben::voices
