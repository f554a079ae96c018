#pragma once
// Private: what the files about questions share.
#include "impl.hpp"
#include "mydata/questions.hpp"

namespace minben::mydata {

inline constexpr std::string_view question_clock_job = "mydata.question_clock";
inline constexpr std::string_view question_mail_job = "mydata.question_mail";

/// A line with whose it is, which officers are not told.
struct QuestionRow {
  QuestionLine line;
  PersonId person;
  bool reminded = false;
};

/// What a step leaves behind beside the new state.
struct NewStep {
  QuestionStep step = QuestionStep::asked;
  std::string_view words{};            ///< "" = none
  std::optional<OfficerId> officer{};  ///< none: the person's, or the clock's
  std::optional<identity::Act> act{};  ///< who acted for the person
};

struct Questions::Impl {
  QuestionParts parts;
  QuestionConfig config;
  identity::Mailer mailer{};

  [[nodiscard]] Instant now() const { return parts.clock.now(); }
  /// The midnight after the last of so many days, today not counted.
  [[nodiscard]] Instant after_days(Instant from, int count) const;
  /// When the term would end after an extension.
  [[nodiscard]] Instant extended_end(const QuestionLine& line) const;
  /// "already_extended", "question_overdue"
  [[nodiscard]] Result<void> check_extendable(const QuestionLine& line) const;

  // question_rows.cpp
  /// Locked. not_found "question_not_found".
  Result<QuestionRow> own(store::Transaction& tx, PersonId person, QuestionId id) const;
  Result<QuestionRow> of_agency(store::Transaction& tx, const AgencyCode& agency,
                                QuestionId id) const;
  Result<void> insert(store::Transaction& tx, const QuestionRow& row) const;
  /// Writes the row, the step, the event and the commitment.
  Result<void> record(store::Transaction& tx, QuestionRow& row, const NewStep& step) const;
  /// No step of its own: nothing changed for the person.
  Result<void> note_reminder(store::Transaction& tx, const QuestionRow& row) const;
  Result<Question> read(store::Transaction& tx, const QuestionRow& row) const;

  // question_jobs.cpp
  /// The next time the clock has something to do, or nothing any more.
  Result<void> set_clock(store::Transaction& tx, const QuestionRow& row) const;
  Result<void> tell_person(store::Transaction& tx, const QuestionRow& row,
                           std::string_view what) const;
  /// Of the agency, or the supervisor's where it has none.
  Result<void> tell_officers(store::Transaction& tx, const QuestionRow& row, std::string_view what,
                             const AgencyCode& agency) const;
  Result<void> clock_struck(store::Transaction& tx, const store::Job& job);
  Result<void> send_mail(store::Transaction& tx, const store::Job& job);
};

QuestionRow question_row(const store::Row& row);
/// Trimmed. invalid "question_empty", "question_too_long".
Result<std::string_view> checked_words(std::string_view words);

}  // namespace minben::mydata
