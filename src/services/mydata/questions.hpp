#pragma once
// Questions about a use: a person asks the agency that used their data why, and its data protection
// officer answers within the term of the law.
//
//   open → answered → closed;  open → closed;  answered → open (the person's one further message)
//
// The term is 15 days, extendable once by 15 days with the reason in writing (個資法 §13 I, of
// requests under §10); the day of the question is not counted (行政程序法 §48 II). A last day on a
// weekend stays the last day: nobody waits longer for that.
//
// Each step writes state, history, an outbox event (topic "usage-question", key = question id,
// payload {"question","agency","step"}) and a ledger commitment (type "usage-question") in one
// transaction. Words of both sides are sealed under the person's key; what is committed holds their
// salted digest. Officers see the use and the words, never who the person is. Thread-safe.
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/identity.hpp"
#include "mydata/mydata.hpp"

namespace minben::mydata {

using QuestionId = Id<struct QuestionTag>;

enum class QuestionState { open, answered, closed };
std::string_view to_string(QuestionState state);

/// What the agency found. corrected: it was not in order and has been put right.
enum class Outcome { none, justified, not_justified, corrected };
std::string_view to_string(Outcome outcome);  ///< "" for none
std::optional<Outcome> parse_outcome(std::string_view text);

/// added: the person's further message. escalated: the term passed without an answer.
enum class QuestionStep { asked, added, extended, answered, escalated, closed };
std::string_view to_string(QuestionStep step);

inline constexpr std::size_t most_question_words = 2000;  ///< characters, of either side

/// One line of the history.
struct QuestionEvent {
  int sequence = 0;  ///< 1, 2, 3 … without gaps
  QuestionStep step = QuestionStep::asked;
  Instant at{};
  std::string words;  ///< "" where there are none, and after the person was erased
  /// "words_sha256" in the ledger is the SHA-256 of this and the words; "" without words.
  std::string salt;
  Outcome outcome = Outcome::none;
  Instant due_at{};
  ledger::EntryId entry;
  std::optional<ledger::Position> position{};  ///< none: not in the log yet
};

/// What lists need.
struct QuestionLine {
  QuestionId id;
  std::string number;  ///< for people: "Q115-04711234"
  UsageId usage;
  AgencyCode agency;  ///< who is asked
  QuestionState state = QuestionState::open;
  Outcome outcome = Outcome::none;
  int version = 0;  ///< how many steps there were
  Instant asked_at{};
  Instant due_at{};  ///< the midnight in Taiwan after the last day
  bool added = false;
  bool extended = false;
  bool escalated = false;
  [[nodiscard]] Date last_day() const;
  [[nodiscard]] bool overdue(Instant now) const {
    return state == QuestionState::open && now >= due_at;
  }
};

struct Question : QuestionLine {
  Usage use;  ///< as the person sees it; its `person` is nil for officers
  /// What the exchange knows of it for the agency's own search: {"consumer","service",
  /// "exchange_id", …}; null for officers' looks.
  Json exchange;
  std::vector<QuestionEvent> history;
  /// The last day after an extension; none: it cannot be extended.
  std::optional<Date> extendable_to{};
};

struct QuestionConfig {
  std::string origin;  ///< of links in mails
  /// Whose data protection officers hear of questions that an agency left unanswered, and of those
  /// to agencies that have no such officer.
  AgencyCode supervisor{"moda"};
  int answer_days = 15;
  int extension_days = 15;
  int remind_days = 3;  ///< before the last day ends
  int most_open = 20;   ///< a person
  int most_a_day = 10;  ///< asked by a person within 24 hours
};

/// All outlive the questions.
struct QuestionParts {
  store::Database& database;
  const Clock& clock;
  Random& random;
  const ledger::Commitments& commitments;
  const ledger::Logs& logs;
  identity::Identity& identity;
};

class Questions {
 public:
  Questions(QuestionParts parts, QuestionConfig config);
  ~Questions();
  /// Before workers.start(). `mailer` brings notices; they hold a number and a link, no words.
  void work_in(store::Workers& workers, identity::Mailer mailer);

  // --- the person's. not_found "question_not_found" also when it is somebody else's. Words are
  // trimmed: invalid "question_empty", "question_too_long".

  /// not_found "usage_not_found"; conflict "already_questioned" while another about this use is not
  /// closed; too_many "too_many_questions".
  Result<QuestionId> ask(PersonId person, UsageId usage, std::string_view words,
                         const std::optional<identity::Act>& act = {});
  /// Once: conflict "already_added", "question_closed". After an answer it opens the question
  /// again, with a new term.
  Result<void> add(PersonId person, QuestionId id, std::string_view words,
                   const std::optional<identity::Act>& act = {});
  /// Closing twice is no error.
  Result<void> close(PersonId person, QuestionId id, const std::optional<identity::Act>& act = {});
  /// Newest first, at most 200.
  Result<std::vector<QuestionLine>> questions_of(PersonId person);
  Result<Question> find(PersonId person, QuestionId id);
  /// The ledger's receipt of a step. unavailable "not_yet_sequenced".
  Result<std::string> receipt(PersonId person, QuestionId id, int sequence);

  // --- the agency's. forbidden "role_missing" without the role data_protection_officer; not_found
  // "question_not_found" when it is another agency's.

  /// What is open by its last day, then the newest answers; at most 200.
  Result<std::vector<QuestionLine>> queue(const identity::Officer& officer);
  /// For the supervisor: open ones of other agencies whose term has passed; empty for others.
  Result<std::vector<QuestionLine>> overdue_elsewhere(const identity::Officer& officer);
  Result<Question> open(const identity::Officer& officer, QuestionId id);
  /// `version`: of the question as the officer saw it. conflict "question_changed",
  /// "question_not_open"; invalid "outcome_missing", "question_empty", "question_too_long".
  Result<void> answer(const identity::Officer& officer, QuestionId id, int version, Outcome outcome,
                      std::string_view words);
  /// With the reason, which the person reads. As answer; also conflict "already_extended" and
  /// "question_overdue": a term that has passed is not extended.
  Result<void> extend(const identity::Officer& officer, QuestionId id, int version,
                      std::string_view reason);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace minben::mydata
