#pragma once
// Private: problem reports as rows, and what every step leaves behind.
#include "common.hpp"
#include "voices/reports.hpp"

namespace minben::voices {

inline constexpr std::string_view report_clock_job = "voices.report_clock";

struct ReportRow : ReportLine {
  PersonId person;  ///< nil: without an account
  Instant remind_at{};
  bool reminded = false;
  void begin(const Term& term) {
    remind_at = term.remind_at;
    due_at = term.due_at;
    reminded = escalated = false;
  }
};

ReportRow report_row(const store::Row& row);
std::vector<ReportLine> report_lines(const store::Rows& rows);

/// Locked. not_found "report_not_found".
Result<ReportRow> locked_report(store::Transaction& tx, ReportId id);
Result<void> insert_report(store::Transaction& tx, const ReportRow& row,
                           const std::optional<Bytes>& name);
Result<Report> read_report(const Common& common, store::Transaction& tx, ReportId id);

struct NewReportStep {
  ReportStep step;
  JsonObject content = {};  ///< {"words","fixed_in","merged_into","due_at"}
  std::optional<OfficerId> officer = {};
};
/// Writes the row, the step and the event, and sets the clock.
Result<void> record(const Common& common, store::Transaction& tx, ReportRow& row,
                    const NewReportStep& step);
Result<void> note_report(store::Transaction& tx, const ReportRow& row);

/// For mails about it; the title is the dataset's.
Result<News> news_of(const Common& common, store::Transaction& tx, const ReportRow& row,
                     std::string_view what, bool desk);
/// The reporter and those who have it too.
Result<void> tell_reporters(const Common& common, store::Transaction& tx, const ReportRow& row);

}  // namespace minben::voices
