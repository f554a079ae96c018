// Problem reports as rows: reading them, and what every step leaves behind.
#include "report_rows.hpp"

#include <fmt/format.h>

namespace minben::voices {

namespace {

using store::Query;

constexpr Names<ReportKind, 6> kinds{{{ReportKind::broken_link, "broken_link"},
                                      {ReportKind::wrong_values, "wrong_values"},
                                      {ReportKind::encoding, "encoding"},
                                      {ReportKind::missing_update, "missing_update"},
                                      {ReportKind::licence, "licence"},
                                      {ReportKind::other, "other"}}};
constexpr Names<ReportState, 7> states{{{ReportState::held, "held"},
                                        {ReportState::open, "open"},
                                        {ReportState::acknowledged, "acknowledged"},
                                        {ReportState::fixed, "fixed"},
                                        {ReportState::not_a_problem, "not_a_problem"},
                                        {ReportState::merged, "merged"},
                                        {ReportState::declined, "declined"}}};
constexpr Names<ReportStep, 9> steps{{{ReportStep::reported, "reported"},
                                      {ReportStep::accepted, "accepted"},
                                      {ReportStep::declined, "declined"},
                                      {ReportStep::acknowledged, "acknowledged"},
                                      {ReportStep::fixed, "fixed"},
                                      {ReportStep::not_a_problem, "not_a_problem"},
                                      {ReportStep::merged, "merged"},
                                      {ReportStep::again, "again"},
                                      {ReportStep::escalated, "escalated"}}};

constexpr Query lock_report{"voices_lock_report",
                            "select * from voices.report where report_id = $1 for update"};
constexpr Query find_report{"voices_find_report",
                            "select * from voices.report where report_id = $1"};
constexpr Query insert_row{"voices_insert_report", R"(
  insert into voices.report (report_id, dataset_id, distribution_id, publisher, person_id, name, kind,
    place, words, state, fixed_in, me_too, again, version, reported_at, remind_at, due_at, reminded, escalated)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, false, 0, $11, $12, $13, false, false))"};
constexpr Query update_row{"voices_update_report", R"(
  update voices.report set state = $2, fixed_in = $3, merged_into = $4, again = $5, version = $6,
    remind_at = $7, due_at = $8, reminded = $9, escalated = $10
  where report_id = $1)"};
constexpr Query insert_step{"voices_insert_report_step", R"(
  insert into voices.report_step (report_id, sequence, at, step, officer_id, content)
  values ($1, $2, $3, $4, $5, $6))"};
constexpr Query find_steps{"voices_report_steps", R"(
  select sequence, at, step, content from voices.report_step where report_id = $1 order by sequence)"};
constexpr Query find_others{"voices_report_others", R"(
  select person_id from voices.report_me_too where report_id = $1 order by at limit 10000)"};

std::unexpected<Error> report_not_found() {
  return fail(Kind::not_found, "report_not_found", "no such report");
}

template <class Tag>
std::optional<Id<Tag>> or_null(Id<Tag> id) {
  return id.is_nil() ? std::nullopt : std::optional(id);
}

ReportEvent event_of(const store::Row& row) {
  const Json content = row.json("content");
  ReportEvent event;
  event.sequence = static_cast<int>(row.integer("sequence"));
  event.at = row.instant("at");
  event.step = stored(value_in(steps, row.text("step")));
  event.words = string_or(content, "words");
  event.fixed_in = static_cast<int>(get_integer(content, "fixed_in").value_or(0));
  if (const auto into = ReportId::parse(string_or(content, "merged_into")))
    event.merged_into = *into;
  if (const auto due = parse_instant(string_or(content, "due_at"))) event.due_at = *due;
  return event;
}

Result<void> write(store::Transaction& tx, const ReportRow& row) {
  MINBEN_CHECK(tx.run(update_row, row.id, to_string(row.state), row.fixed_in,
                      or_null(row.merged_into), row.again, row.version, row.remind_at, row.due_at,
                      row.reminded, row.escalated));
  return {};
}

Result<void> set_clock(store::Transaction& tx, const ReportRow& row) {
  const std::string key = to_string(row.id);
  if (!row.waiting() || row.escalated) return store::cancel_job(tx, report_clock_job, key);
  return store::enqueue(tx, {std::string(report_clock_job), key, JsonObject{},
                             row.reminded ? row.due_at : row.remind_at});
}

}  // namespace

std::string_view to_string(ReportKind kind) { return name_in(kinds, kind); }
std::string_view to_string(ReportState state) { return name_in(states, state); }
std::string_view to_string(ReportStep step) { return name_in(steps, step); }
std::optional<ReportKind> parse_report_kind(std::string_view text) { return value_in(kinds, text); }

ReportRow report_row(const store::Row& row) {
  ReportRow out;
  out.id = row.id<ReportId>("report_id");
  out.dataset = row.id<DatasetId>("dataset_id");
  if (!row.is_null("distribution_id")) out.distribution = row.id<DistributionId>("distribution_id");
  out.publisher = {row.text("publisher")};
  out.person = row.id<PersonId>("person_id");
  out.kind = stored(value_in(kinds, row.text("kind")));
  out.place = row.text("place");
  out.words = row.text("words");
  out.state = stored(value_in(states, row.text("state")));
  out.fixed_in = static_cast<int>(row.integer("fixed_in"));
  out.merged_into = row.id<ReportId>("merged_into");
  out.me_too = static_cast<int>(row.integer("me_too"));
  out.again = row.boolean("again");
  out.version = static_cast<int>(row.integer("version"));
  out.reported_at = row.instant("reported_at");
  out.remind_at = row.instant("remind_at");
  out.due_at = row.instant("due_at");
  out.reminded = row.boolean("reminded");
  out.escalated = row.boolean("escalated");
  return out;
}

std::vector<ReportLine> report_lines(const store::Rows& rows) {
  std::vector<ReportLine> out;
  for (const store::Row row : rows) out.push_back(report_row(row));
  return out;
}

Result<ReportRow> locked_report(store::Transaction& tx, ReportId id) {
  MINBEN_TRY(rows, tx.run(lock_report, id));
  if (rows.empty()) return report_not_found();
  return report_row(rows.front());
}

Result<void> insert_report(store::Transaction& tx, const ReportRow& row,
                           const std::optional<Bytes>& name) {
  MINBEN_CHECK(tx.run(insert_row, row.id, row.dataset, row.distribution, row.publisher,
                      or_null(row.person), name, to_string(row.kind), row.place, row.words,
                      to_string(row.state), row.reported_at, row.remind_at, row.due_at));
  return {};
}

Result<Report> read_report(const Common& common, store::Transaction& tx, ReportId id) {
  MINBEN_TRY(rows, tx.run(find_report, id));
  if (rows.empty()) return report_not_found();
  Report out;
  const ReportRow line = report_row(rows.front());
  static_cast<ReportLine&>(out) = line;
  out.person = line.person;
  MINBEN_TRY(name, common.open_name(tx, line.person, rows.front()));
  out.name = std::move(name);
  MINBEN_TRY(course, tx.run(find_steps, id));
  for (const store::Row step : course) out.course.push_back(event_of(step));
  return out;
}

Result<void> record(const Common& common, store::Transaction& tx, ReportRow& row,
                    const NewReportStep& step) {
  ++row.version;
  MINBEN_CHECK(write(tx, row));
  MINBEN_CHECK(tx.run(insert_step, row.id, row.version, common.now(), to_string(step.step),
                      step.officer, Json(step.content)));
  MINBEN_CHECK(set_clock(tx, row));
  return store::publish(tx, topic, to_string(row.id),
                        JsonObject{{"kind", "report"},
                                   {"step", to_string(step.step)},
                                   {"publisher", row.publisher.value},
                                   {"dataset", to_string(row.dataset)}});
}

Result<void> note_report(store::Transaction& tx, const ReportRow& row) {
  MINBEN_CHECK(write(tx, row));
  return set_clock(tx, row);
}

Result<News> news_of(const Common& common, store::Transaction& tx, const ReportRow& row,
                     std::string_view what, bool desk) {
  MINBEN_TRY(entry, common.parts.catalogue.find(tx, row.dataset));
  return News{what, entry.dataset.title.in(Language::zh_hant),
              (desk ? "desk/data/reports/" : "data-reports/") + to_string(row.id),
              fmt::format("report:{}:{}", to_string(row.id), row.version)};
}

Result<void> tell_reporters(const Common& common, store::Transaction& tx, const ReportRow& row) {
  MINBEN_TRY(news, news_of(common, tx, row, "report_changed", false));
  MINBEN_CHECK(common.tell_person(tx, row.person, news));
  MINBEN_TRY(others, tx.run(find_others, row.id));
  for (const store::Row other : others)
    MINBEN_CHECK(common.tell_person(tx, other.id<PersonId>("person_id"), news));
  return {};
}

}  // namespace minben::voices
