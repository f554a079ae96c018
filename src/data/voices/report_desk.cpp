// Problem reports: what data stewards do.
#include <fmt/format.h>

#include "report_rows.hpp"

namespace minben::voices {

namespace {

using store::Query;

constexpr Query find_queue{"voices_report_queue", R"(
  select * from voices.report
  where (publisher = any($1) and state in ('open', 'acknowledged'))
     or ($2 and (state = 'held' or (state in ('open', 'acknowledged') and escalated)))
  order by due_at, report_id limit 200)"};
constexpr Query move_others{"voices_merge_me_too", R"(
  insert into voices.report_me_too (report_id, person_id, at)
  select $2::uuid, person_id, at from voices.report_me_too
  where report_id = $1::uuid and person_id is distinct from $3::uuid
  union select $2::uuid, person_id, reported_at from voices.report
  where report_id = $1::uuid and person_id is not null and person_id is distinct from $3::uuid
  on conflict do nothing)"};
constexpr Query count_again{"voices_recount_me_too", R"(
  update voices.report set me_too = (select count(*) from voices.report_me_too where report_id = $1)
  where report_id = $1)"};

Result<void> check_state(const ReportRow& row, std::initializer_list<ReportState> allowed) {
  if (std::ranges::find(allowed, row.state) != allowed.end()) return {};
  return fail(Kind::conflict, "wrong_state", fmt::format("it is {}", to_string(row.state)));
}

Result<void> check_version(const ReportRow& row, int version) {
  if (row.version == version) return {};
  return fail(Kind::conflict, "report_changed", "somebody was faster");
}

/// Of the publisher's steward, while it is not dealt with.
Result<ReportRow> to_treat(const Common& common, store::Transaction& tx,
                           const identity::Officer& officer, ReportId id, int version) {
  MINBEN_TRY(row, locked_report(tx, id));
  MINBEN_CHECK(common.check_steward(tx, officer, row.publisher));
  MINBEN_CHECK(check_version(row, version));
  MINBEN_CHECK(check_state(row, {ReportState::open, ReportState::acknowledged}));
  return row;
}

}  // namespace

Result<void> Reports::accept(const identity::Officer& officer, ReportId id, int version) {
  MINBEN_CHECK(common_.check_platform(officer));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, locked_report(tx, id));
    MINBEN_CHECK(check_version(row, version));
    MINBEN_CHECK(check_state(row, {ReportState::held}));
    row.state = ReportState::open;
    MINBEN_TRY(agency, common_.agency_of(tx, row.publisher.value));
    row.begin(common_.term(agency, common_.now(), common_.config.report_days));
    MINBEN_CHECK(record(common_, tx, row,
                        {ReportStep::accepted, {{"due_at", to_string(row.due_at)}}, officer.id}));
    MINBEN_TRY(news, news_of(common_, tx, row, "report_new", true));
    return common_.tell_stewards(tx, row.publisher.value, news);
  });
}

Result<void> Reports::decline(const identity::Officer& officer, ReportId id, int version,
                              std::string_view reason) {
  MINBEN_CHECK(common_.check_platform(officer));
  MINBEN_TRY(words, checked_text(reason, {"reason"}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, locked_report(tx, id));
    MINBEN_CHECK(check_version(row, version));
    if (row.state == ReportState::declined)
      return fail(Kind::conflict, "wrong_state", "it is not shown already");
    row.state = ReportState::declined;
    MINBEN_CHECK(record(common_, tx, row, {ReportStep::declined, {{"words", words}}, officer.id}));
    MINBEN_TRY(news, news_of(common_, tx, row, "report_changed", false));
    return common_.tell_person(tx, row.person, news);  // nobody else sees it any more
  });
}

Result<void> Reports::acknowledge(const identity::Officer& officer, ReportId id, int version,
                                  std::string_view words) {
  MINBEN_TRY(text, checked_text(words, {"words", most_words, false}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, to_treat(common_, tx, officer, id, version));
    MINBEN_CHECK(check_state(row, {ReportState::open}));
    row.state = ReportState::acknowledged;
    MINBEN_TRY(agency, common_.agency_of(tx, row.publisher.value));
    row.begin(common_.term(agency, common_.now(), common_.config.fix_days));
    MINBEN_CHECK(record(common_, tx, row,
                        {ReportStep::acknowledged,
                         {{"words", text}, {"due_at", to_string(row.due_at)}},
                         officer.id}));
    return tell_reporters(common_, tx, row);
  });
}

Result<void> Reports::fixed(const identity::Officer& officer, ReportId id, int version, int in,
                            std::string_view words) {
  MINBEN_TRY(text, checked_text(words, {"words", most_words, in == 0}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, to_treat(common_, tx, officer, id, version));
    MINBEN_TRY(entry, common_.parts.catalogue.find(tx, row.dataset));
    if (in < 0 || in > entry.version)
      return fail(Kind::invalid, "no_such_version", "the dataset has no such version", "fixed_in");
    row.state = ReportState::fixed;
    row.fixed_in = in;
    MINBEN_CHECK(record(common_, tx, row,
                        {ReportStep::fixed, {{"words", text}, {"fixed_in", in}}, officer.id}));
    return tell_reporters(common_, tx, row);
  });
}

Result<void> Reports::not_a_problem(const identity::Officer& officer, ReportId id, int version,
                                    std::string_view reason) {
  MINBEN_TRY(words, checked_text(reason, {"reason"}));
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, to_treat(common_, tx, officer, id, version));
    row.state = ReportState::not_a_problem;
    MINBEN_CHECK(
        record(common_, tx, row, {ReportStep::not_a_problem, {{"words", words}}, officer.id}));
    return tell_reporters(common_, tx, row);
  });
}

Result<void> Reports::merge(const identity::Officer& officer, ReportId id, int version,
                            ReportId into) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    if (id == into) return fail(Kind::invalid, "cannot_merge", "it is the same report", "into");
    // In the order of their ids, so that two merges do not wait for each other.
    MINBEN_CHECK(locked_report(tx, std::min(id, into)));
    MINBEN_TRY(row, to_treat(common_, tx, officer, id, version));
    const auto target = locked_report(tx, into);
    if (!target || target->dataset != row.dataset || target->merged_into == id ||
        (target->state != ReportState::open && target->state != ReportState::acknowledged &&
         target->state != ReportState::fixed))
      return fail(Kind::invalid, "cannot_merge", "no such report of this dataset that is shown",
                  "into");
    const std::optional<PersonId> reporter =
        target->person.is_nil() ? std::nullopt : std::optional(target->person);
    MINBEN_CHECK(tx.run(move_others, id, into, reporter));
    MINBEN_CHECK(tx.run(count_again, into));
    row.state = ReportState::merged;
    row.merged_into = into;
    MINBEN_CHECK(record(common_, tx, row,
                        {ReportStep::merged, {{"merged_into", to_string(into)}}, officer.id}));
    return tell_reporters(common_, tx, row);
  });
}

Result<std::vector<ReportLine>> Reports::queue(const identity::Officer& officer) {
  return common_.parts.database.transact(
      [&](store::Transaction& tx) -> Result<std::vector<ReportLine>> {
        MINBEN_TRY(codes, common_.publishers_of(tx, officer));
        MINBEN_TRY(rows, tx.run(find_queue, codes, keeps_the_platform(common_.config, officer)));
        return report_lines(rows);
      });
}

Result<Report> Reports::open(const identity::Officer& officer, ReportId id) {
  return common_.parts.database.transact([&](store::Transaction& tx) -> Result<Report> {
    MINBEN_TRY(report, read_report(common_, tx, id));
    if (!keeps_the_platform(common_.config, officer)) {
      MINBEN_CHECK(common_.check_steward(tx, officer, report.publisher));
      if (report.state == ReportState::held)
        return fail(Kind::not_found, "report_not_found", "the platform looks at it first");
    }
    report.person = PersonId{};
    return report;
  });
}

}  // namespace minben::voices
