// Questions about a use: what the person does, and what the agency's officer does.
#include "questions_impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

/// One at a time of a person, so that two windows do not pass the limits together.
constexpr Query one_at_a_time{
    "mydata_question_turn",
    "select pg_advisory_xact_lock(hashtextextended('mydata.question/' || $1::text, 0))"};
constexpr Query questioned_use{"mydata_use_to_question", R"(
  select content->>'agency' as agency from mydata.usage
  where person_id = $1 and id = $2 and (shown_from is null or shown_from <= $3))"};
constexpr Query count_questions{"mydata_count_questions", R"(
  select count(*) filter (where state = 'open') as open,
    count(*) filter (where asked_at > $2) as lately,
    count(*) filter (where usage_id = $3 and state <> 'closed') as same
  from mydata.question where person_id = $1)"};
constexpr Query of_person{"mydata_questions_of", R"(
  select * from mydata.question where person_id = $1 order by asked_at desc, id desc limit 200)"};
constexpr Query find_step{"mydata_find_question_step", R"(
  select content, entry_id from mydata.question_step
  where person_id = $1 and question_id = $2 and sequence = $3)"};
constexpr Query agency_queue{"mydata_question_queue", R"(
  select * from mydata.question where agency = $1 and state <> 'closed'
  order by state = 'answered', case when state = 'open' then due_at end, asked_at desc, id limit 200)"};
constexpr Query overdue_of_others{"mydata_questions_overdue", R"(
  select * from mydata.question where agency <> $1 and state = 'open' and escalated
  order by due_at, id limit 200)"};

constexpr std::array states{std::pair{QuestionState::open, std::string_view("open")},
                            std::pair{QuestionState::answered, std::string_view("answered")},
                            std::pair{QuestionState::closed, std::string_view("closed")}};
constexpr std::array outcomes{std::pair{Outcome::none, std::string_view()},
                              std::pair{Outcome::justified, std::string_view("justified")},
                              std::pair{Outcome::not_justified, std::string_view("not_justified")},
                              std::pair{Outcome::corrected, std::string_view("corrected")}};
constexpr std::array steps{std::pair{QuestionStep::asked, std::string_view("asked")},
                           std::pair{QuestionStep::added, std::string_view("added")},
                           std::pair{QuestionStep::extended, std::string_view("extended")},
                           std::pair{QuestionStep::answered, std::string_view("answered")},
                           std::pair{QuestionStep::escalated, std::string_view("escalated")},
                           std::pair{QuestionStep::closed, std::string_view("closed")}};

template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
  for (const auto& [known, name] : names)
    if (known == value) return name;
  return {};
}

/// "Q115-04711234": the year in the calendar of the Republic, and digits by chance.
std::string new_number(const Clock& clock, Random& random) {
  return fmt::format("Q{}-{:08}", roc_digits(taiwan_date(clock.now())).substr(0, 3),
                     random.below(100'000'000));
}

Result<void> check_role(const identity::Officer& officer) {
  if (officer.active && officer.has_role(identity::role::data_protection_officer)) return {};
  return fail(Kind::forbidden, "role_missing", "for data protection officers");
}

Result<void> check_open(const QuestionRow& row, int version) {
  if (row.line.version != version)
    return fail(Kind::conflict, "question_changed", "somebody was faster, or the person has added");
  if (row.line.state != QuestionState::open)
    return fail(Kind::conflict, "question_not_open",
                fmt::format("it is {}", to_string(row.line.state)));
  return {};
}

std::vector<QuestionLine> lines_of(const store::Rows& rows) {
  std::vector<QuestionLine> out;
  for (const store::Row row : rows) out.push_back(question_row(row).line);
  return out;
}

}  // namespace

std::string_view to_string(QuestionState state) { return name_in(states, state); }
std::string_view to_string(Outcome outcome) { return name_in(outcomes, outcome); }
std::string_view to_string(QuestionStep step) { return name_in(steps, step); }

std::optional<Outcome> parse_outcome(std::string_view text) {
  for (const auto& [outcome, name] : outcomes)
    if (name == text) return outcome;
  return std::nullopt;
}

Date QuestionLine::last_day() const { return taiwan_date(due_at - seconds(1)); }

Result<std::string_view> checked_words(std::string_view words) {
  const std::string_view text = trim(words);
  if (text.empty()) return fail(Kind::invalid, "question_empty", "say it in words", "text");
  if (!is_utf8(text) || length_in_characters(text) > most_question_words)
    return fail(Kind::invalid, "question_too_long",
                fmt::format("at most {} characters", most_question_words), "text");
  return text;
}

Questions::Questions(QuestionParts parts, QuestionConfig config)
    : impl_(std::make_unique<Impl>(Impl{parts, std::move(config)})) {}
Questions::~Questions() = default;

Instant Questions::Impl::after_days(Instant from, int count) const {
  return taiwan_midnight(add_days(taiwan_date(from), count + 1));
}

Instant Questions::Impl::extended_end(const QuestionLine& line) const {
  return taiwan_midnight(add_days(taiwan_date(line.due_at), config.extension_days));
}

Result<void> Questions::Impl::check_extendable(const QuestionLine& line) const {
  if (line.extended) return fail(Kind::conflict, "already_extended", "once only");
  if (line.overdue(now())) return fail(Kind::conflict, "question_overdue", "its term has passed");
  return {};
}

// ------------------------------------------------------------------------------- the person's side

Result<QuestionId> Questions::ask(PersonId person, UsageId usage, std::string_view words,
                                  const std::optional<identity::Act>& act) {
  MINBEN_TRY(text, checked_words(words));
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<QuestionId> {
    MINBEN_CHECK(tx.run(one_at_a_time, person));
    MINBEN_TRY(uses, tx.run(questioned_use, person, usage, impl_->now()));
    if (uses.empty())
      return fail(Kind::not_found, "usage_not_found", "no such usage of this person's data");
    const Instant now = impl_->now();
    MINBEN_TRY(counted, tx.run(count_questions, person, now - hours(24), usage));
    const store::Row counts = counted.front();
    if (counts.integer("same") > 0)
      return fail(Kind::conflict, "already_questioned", "a question about this use is not closed");
    if (counts.integer("open") >= impl_->config.most_open ||
        counts.integer("lately") >= impl_->config.most_a_day)
      return fail(Kind::too_many, "too_many_questions", "wait for answers, or until tomorrow");
    QuestionRow row;
    row.person = person;
    row.line.id = QuestionId::make(impl_->parts.clock, impl_->parts.random);
    row.line.number = new_number(impl_->parts.clock, impl_->parts.random);
    row.line.usage = usage;
    row.line.agency = {uses.front().text("agency")};
    row.line.asked_at = now;
    row.line.due_at = impl_->after_days(now, impl_->config.answer_days);
    MINBEN_CHECK(impl_->insert(tx, row));
    MINBEN_CHECK(impl_->record(tx, row, {QuestionStep::asked, text, {}, act}));
    MINBEN_CHECK(impl_->tell_officers(tx, row, "asked", row.line.agency));
    return row.line.id;
  });
}

Result<void> Questions::add(PersonId person, QuestionId id, std::string_view words,
                            const std::optional<identity::Act>& act) {
  MINBEN_TRY(text, checked_words(words));
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl_->own(tx, person, id));
    if (row.line.state == QuestionState::closed)
      return fail(Kind::conflict, "question_closed", "it is closed");
    if (row.line.added) return fail(Kind::conflict, "already_added", "one further message each");
    row.line.added = true;
    if (row.line.state == QuestionState::answered) {
      row.line.state = QuestionState::open;
      row.line.outcome = Outcome::none;
      row.line.due_at = impl_->after_days(impl_->now(), impl_->config.answer_days);
      row.line.escalated = false;
      row.reminded = false;
    }
    MINBEN_CHECK(impl_->record(tx, row, {QuestionStep::added, text, {}, act}));
    return impl_->tell_officers(tx, row, "added", row.line.agency);
  });
}

Result<void> Questions::close(PersonId person, QuestionId id,
                              const std::optional<identity::Act>& act) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl_->own(tx, person, id));
    if (row.line.state == QuestionState::closed) return {};
    row.line.state = QuestionState::closed;
    return impl_->record(tx, row, {QuestionStep::closed, {}, {}, act});
  });
}

Result<std::vector<QuestionLine>> Questions::questions_of(PersonId person) {
  MINBEN_TRY(rows, impl_->parts.database.run(of_person, person));
  return lines_of(rows);
}

Result<Question> Questions::find(PersonId person, QuestionId id) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<Question> {
    MINBEN_TRY(row, impl_->own(tx, person, id));
    return impl_->read(tx, row);
  });
}

Result<std::string> Questions::receipt(PersonId person, QuestionId id, int sequence) {
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<std::string> {
    MINBEN_TRY(rows, tx.run(find_step, person, id, sequence));
    if (rows.empty()) return fail(Kind::not_found, "question_not_found", "no such step");
    const store::Row row = rows.front();
    return impl_->parts.commitments.receipt(
        tx, impl_->parts.logs, row.id<ledger::EntryId>("entry_id"), row.json("content"));
  });
}

// ------------------------------------------------------------------------------- the agency's side

Result<std::vector<QuestionLine>> Questions::queue(const identity::Officer& officer) {
  MINBEN_CHECK(check_role(officer));
  MINBEN_TRY(rows, impl_->parts.database.run(agency_queue, officer.agency));
  return lines_of(rows);
}

Result<std::vector<QuestionLine>> Questions::overdue_elsewhere(const identity::Officer& officer) {
  MINBEN_CHECK(check_role(officer));
  if (officer.agency != impl_->config.supervisor) return std::vector<QuestionLine>{};
  MINBEN_TRY(rows, impl_->parts.database.run(overdue_of_others, officer.agency));
  return lines_of(rows);
}

Result<Question> Questions::open(const identity::Officer& officer, QuestionId id) {
  MINBEN_CHECK(check_role(officer));
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<Question> {
    MINBEN_TRY(row, impl_->of_agency(tx, officer.agency, id));
    MINBEN_TRY(question, impl_->read(tx, row));
    question.use.person = PersonId{};
    if (question.state == QuestionState::open && impl_->check_extendable(question))
      question.extendable_to = taiwan_date(impl_->extended_end(question) - seconds(1));
    return question;
  });
}

Result<void> Questions::answer(const identity::Officer& officer, QuestionId id, int version,
                               Outcome outcome, std::string_view words) {
  MINBEN_CHECK(check_role(officer));
  if (outcome == Outcome::none)
    return fail(Kind::invalid, "outcome_missing", "say what was found", "outcome");
  MINBEN_TRY(text, checked_words(words));
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl_->of_agency(tx, officer.agency, id));
    MINBEN_CHECK(check_open(row, version));
    row.line.state = QuestionState::answered;
    row.line.outcome = outcome;
    MINBEN_CHECK(impl_->record(tx, row, {QuestionStep::answered, text, officer.id}));
    return impl_->tell_person(tx, row, "answered");
  });
}

Result<void> Questions::extend(const identity::Officer& officer, QuestionId id, int version,
                               std::string_view reason) {
  MINBEN_CHECK(check_role(officer));
  MINBEN_TRY(text, checked_words(reason));
  return impl_->parts.database.transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(row, impl_->of_agency(tx, officer.agency, id));
    MINBEN_CHECK(check_open(row, version));
    MINBEN_CHECK(impl_->check_extendable(row.line));
    row.line.extended = true;
    row.line.due_at = impl_->extended_end(row.line);
    row.reminded = false;
    MINBEN_CHECK(impl_->record(tx, row, {QuestionStep::extended, text, officer.id}));
    return impl_->tell_person(tx, row, "extended");
  });
}

}  // namespace minben::mydata
