#pragma once
// Problem reports: what is wrong with a dataset, shown to everybody with what became of it.
//
//   open → acknowledged → fixed | not_a_problem        open → fixed | not_a_problem | merged
//   held → open | declined      reported without an account: the platform looks at it first
//   fixed, not_a_problem → open      the reporter says that it is still there, once
//
// Who has signed in is published at once: the next person should know of the broken file now. The
// publisher's stewards have config.report_days to say what it is, and config.fix_days from
// "acknowledged" on. Stewards of a publisher cannot hide a report; the platform's can, with the
// reason, when it exposes a person or is abuse.
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

#include "voices/voices.hpp"

namespace minben::voices {

using ReportId = Id<struct ProblemReportTag>;
using catalogue::DatasetId;
using catalogue::DistributionId;
using catalogue::PublisherCode;

enum class ReportKind { broken_link, wrong_values, encoding, missing_update, licence, other };
std::string_view to_string(ReportKind kind);
std::optional<ReportKind> parse_report_kind(std::string_view text);

enum class ReportState { held, open, acknowledged, fixed, not_a_problem, merged, declined };
std::string_view to_string(ReportState state);

enum class ReportStep {
  reported,
  accepted,
  declined,
  acknowledged,
  fixed,
  not_a_problem,
  merged,
  again,
  escalated
};
std::string_view to_string(ReportStep step);

struct NewReport {
  DatasetId dataset;  ///< published or withdrawn
  std::optional<DistributionId> distribution;
  ReportKind kind = ReportKind::other;
  std::string place;  ///< row or column concerned; at most 255 characters, may be empty
  std::string words;
};

struct ReportEvent {
  int sequence = 0;
  ReportStep step = ReportStep::reported;
  Instant at{};
  std::string words;
  int fixed_in = 0;        ///< of fixed: the dataset's version, 0 = without a new one
  ReportId merged_into{};  ///< of merged
  std::optional<Instant> due_at;
};

struct ReportLine {
  ReportId id;
  DatasetId dataset;
  std::optional<DistributionId> distribution;
  PublisherCode publisher;
  ReportKind kind = ReportKind::other;
  std::string place, words;
  ReportState state = ReportState::open;
  int fixed_in = 0;
  ReportId merged_into{};
  int me_too = 0;  ///< others who have the problem
  int version = 0;
  Instant reported_at{};
  Instant due_at{};
  bool escalated = false;
  bool again = false;
  [[nodiscard]] bool waiting() const {
    return state == ReportState::held || state == ReportState::open ||
           state == ReportState::acknowledged;
  }
  [[nodiscard]] bool overdue(Instant now) const { return waiting() && now >= due_at; }
  [[nodiscard]] Date last_day() const { return taiwan_date(due_at - seconds(1)); }
};

struct Report : ReportLine {
  std::string name;  ///< of the reporter as they want it shown; "" = 匿名
  std::vector<ReportEvent> course;
  PersonId person;  ///< nil: reported without an account
};

class Reports {
 public:
  explicit Reports(const Common& common) : common_(common) {}

  /// Shown at once. invalid with the field; not_found "no_such_dataset"; too_many
  /// "too_many_reports".
  Result<ReportId> report(const Author& author, const NewReport& report);
  /// Without an account: held. `remote_address` is forgotten within the hour and never stored.
  /// too_many "too_many_reports" by address, by dataset and in all.
  Result<ReportId> report_unknown(std::string_view remote_address, const NewReport& report);
  /// "Me too": one a person; again, and of the reporter, is no error. conflict "report_closed".
  Result<void> me_too(PersonId person, ReportId id);
  Result<bool> has_it_too(PersonId person, ReportId id);
  /// Still there: of the reporter, once, within 30 days of the answer. conflict "not_answered",
  /// "already_again", "too_late".
  Result<void> again(PersonId person, ReportId id, int version, std::string_view words);
  Result<std::vector<ReportLine>> of_person(PersonId person);

  /// not_found "report_not_found" for held and declined ones, but for their reporter.
  Result<Report> find(ReportId id, std::optional<PersonId> viewer = {});
  /// Shown ones, those that wait first, then the newest; at most `limit`, 1 … 200.
  Result<std::vector<ReportLine>> of_dataset(DatasetId dataset, int limit = 50);

  // --- the stewards'. forbidden "role_missing", "not_yours"; conflict "report_changed",
  // "wrong_state".

  /// Of the platform's: a report without an account is shown.
  Result<void> accept(const identity::Officer& officer, ReportId id, int version);
  /// Of the platform's: not shown, or no longer.
  Result<void> decline(const identity::Officer& officer, ReportId id, int version,
                       std::string_view reason);
  Result<void> acknowledge(const identity::Officer& officer, ReportId id, int version,
                           std::string_view words);
  /// `in`: a version of the dataset (invalid "no_such_version"), 0 = without a new one.
  Result<void> fixed(const identity::Officer& officer, ReportId id, int version, int in,
                     std::string_view words);
  Result<void> not_a_problem(const identity::Officer& officer, ReportId id, int version,
                             std::string_view reason);
  /// The same as another report of the dataset (invalid "cannot_merge"): who had this one has that
  /// one too.
  Result<void> merge(const identity::Officer& officer, ReportId id, int version, ReportId into);
  /// What the officer has to see to, by its last day; at most 200. For the platform's also what is
  /// held and what others leave overdue.
  Result<std::vector<ReportLine>> queue(const identity::Officer& officer);
  Result<Report> open(const identity::Officer& officer, ReportId id);

  /// The job "voices.report_clock".
  Result<void> clock_struck(store::Transaction& tx, const store::Job& job);

 private:
  Result<ReportId> add(store::Transaction& tx, const NewReport& given,
                       const std::optional<Author>& author);
  Result<void> count_stranger(std::string_view remote_address);

  const Common& common_;
  std::mutex mutex_;
  std::map<Bytes, std::deque<Instant>> strangers_;  ///< by keyed hash of the address, for an hour
};

}  // namespace minben::voices
