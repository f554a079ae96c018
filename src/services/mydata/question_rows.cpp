// Questions about a use as rows: reading them, and what every step leaves behind.
#include "questions_impl.hpp"

namespace minben::mydata {

namespace {

using store::Query;

constexpr std::string_view commitment_type = "usage-question";
constexpr std::string_view words_context = "mydata.question_step";
constexpr std::size_t salt_bytes = 16;

constexpr Query lock_own{
    "mydata_lock_question",
    "select * from mydata.question where person_id = $1 and id = $2 for update"};
constexpr Query lock_of_agency{
    "mydata_lock_question_of_agency",
    "select * from mydata.question where agency = $1 and id = $2 for update"};
constexpr Query insert_question{"mydata_insert_question", R"(
  insert into mydata.question (person_id, id, number, usage_id, agency, state, outcome, version,
    asked_at, due_at, added, extended, reminded, escalated)
  values ($1, $2, $3, $4, $5, 'open', '', 0, $6, $7, false, false, false, false))"};
constexpr Query update_question{"mydata_update_question", R"(
  update mydata.question
  set state = $3, outcome = $4, version = $5, due_at = $6, added = $7, extended = $8, reminded = $9,
    escalated = $10
  where person_id = $1 and id = $2)"};
constexpr Query set_reminded{
    "mydata_question_reminded",
    "update mydata.question set reminded = true where person_id = $1 and id = $2"};
constexpr Query insert_step{"mydata_insert_question_step", R"(
  insert into mydata.question_step (person_id, question_id, sequence, at, officer_id, words, content,
    entry_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8))"};
constexpr Query find_steps{"mydata_question_steps", R"(
  select * from mydata.question_step where person_id = $1 and question_id = $2 order by sequence)"};
constexpr Query find_use{"mydata_questioned_use", R"(
  select content from mydata.usage where person_id = $1 and id = $2)"};

std::unexpected<Error> question_not_found() {
  return fail(Kind::not_found, "question_not_found", "no such question");
}

QuestionState parse_question_state(std::string_view text) {
  for (const auto state : {QuestionState::open, QuestionState::answered})
    if (to_string(state) == text) return state;
  MINBEN_ASSERT(text == to_string(QuestionState::closed));
  return QuestionState::closed;
}

QuestionStep parse_step(std::string_view text) {
  for (const auto step : {QuestionStep::asked, QuestionStep::added, QuestionStep::extended,
                          QuestionStep::answered, QuestionStep::escalated})
    if (to_string(step) == text) return step;
  MINBEN_ASSERT(text == to_string(QuestionStep::closed));
  return QuestionStep::closed;
}

struct Words {
  std::optional<Bytes> sealed;
  std::string digest;  ///< hex
};

/// The salt is sealed with the words: with both gone, the digest says nothing. Of a person who was
/// erased meanwhile nothing is kept.
Result<Words> seal_words(const QuestionParts& parts, store::Transaction& tx, PersonId person,
                         std::string_view words) {
  const std::string salt = parts.random.token(salt_bytes);
  auto sealed = parts.identity.vault().seal_json(
      tx, person, words_context, JsonObject{{"words", std::string(words)}, {"salt", salt}});
  if (!sealed && sealed.error().code == "erased") return Words{};
  if (!sealed) return std::unexpected(sealed.error());
  return Words{std::move(*sealed), hex_encode(sha256(salt + std::string(words)))};
}

Result<QuestionEvent> event_of(const QuestionParts& parts, store::Transaction& tx, PersonId person,
                               const store::Row& row) {
  const Json content = row.json("content");
  QuestionEvent out;
  out.sequence = static_cast<int>(row.integer("sequence"));
  out.step = parse_step(string_or(content, "step"));
  out.at = row.instant("at");
  out.outcome = parse_outcome(string_or(content, "outcome")).value_or(Outcome::none);
  out.due_at = stored(parse_instant(string_or(content, "due_at")));
  out.entry = row.id<ledger::EntryId>("entry_id");
  if (row.is_null("words")) return out;
  const auto words =
      parts.identity.vault().open_json(tx, person, words_context, row.bytes("words"));
  if (!words && words.error().code == "erased") return out;
  if (!words) return std::unexpected(words.error());
  out.words = string_or(*words, "words");
  out.salt = string_or(*words, "salt");
  return out;
}

}  // namespace

QuestionRow question_row(const store::Row& row) {
  QuestionRow out;
  QuestionLine& line = out.line;
  out.person = row.id<PersonId>("person_id");
  out.reminded = row.boolean("reminded");
  line.id = row.id<QuestionId>("id");
  line.number = row.text("number");
  line.usage = row.id<UsageId>("usage_id");
  line.agency = {row.text("agency")};
  line.state = parse_question_state(row.text("state"));
  line.outcome = parse_outcome(row.text("outcome")).value_or(Outcome::none);
  line.version = static_cast<int>(row.integer("version"));
  line.asked_at = row.instant("asked_at");
  line.due_at = row.instant("due_at");
  line.added = row.boolean("added");
  line.extended = row.boolean("extended");
  line.escalated = row.boolean("escalated");
  return out;
}

Result<QuestionRow> Questions::Impl::own(store::Transaction& tx, PersonId person,
                                         QuestionId id) const {
  MINBEN_TRY(rows, tx.run(lock_own, person, id));
  if (rows.empty()) return question_not_found();
  return question_row(rows.front());
}

Result<QuestionRow> Questions::Impl::of_agency(store::Transaction& tx, const AgencyCode& agency,
                                               QuestionId id) const {
  MINBEN_TRY(rows, tx.run(lock_of_agency, agency, id));
  if (rows.empty()) return question_not_found();
  return question_row(rows.front());
}

Result<void> Questions::Impl::insert(store::Transaction& tx, const QuestionRow& row) const {
  const QuestionLine& line = row.line;
  MINBEN_CHECK(tx.run(insert_question, row.person, line.id, line.number, line.usage, line.agency,
                      line.asked_at, line.due_at));
  return {};
}

Result<void> Questions::Impl::record(store::Transaction& tx, QuestionRow& row,
                                     const NewStep& step) const {
  QuestionLine& line = row.line;
  ++line.version;
  MINBEN_CHECK(tx.run(update_question, row.person, line.id, to_string(line.state),
                      to_string(line.outcome), line.version, line.due_at, line.added, line.extended,
                      row.reminded, line.escalated));
  JsonObject content{{"question", to_string(line.id)}, {"number", line.number},
                     {"usage", to_string(line.usage)}, {"agency", line.agency.value},
                     {"step_number", line.version},    {"step", to_string(step.step)},
                     {"state", to_string(line.state)}, {"outcome", to_string(line.outcome)},
                     {"at", to_string(now())},         {"due_at", to_string(line.due_at)}};
  if (step.act) content["act"] = identity::to_json(*step.act);
  std::optional<Bytes> sealed;
  if (!step.words.empty()) {
    MINBEN_TRY(words, seal_words(parts, tx, row.person, step.words));
    content["words_sha256"] = words.digest;
    sealed = std::move(words.sealed);
  }
  MINBEN_TRY(entry, parts.commitments.commit(tx, commitment_type, row.person, content));
  MINBEN_CHECK(tx.run(insert_step, row.person, line.id, line.version, now(), step.officer, sealed,
                      Json(content), entry));
  MINBEN_CHECK(set_clock(tx, row));
  return store::publish(tx, commitment_type, to_string(line.id),
                        JsonObject{{"question", to_string(line.id)},
                                   {"agency", line.agency.value},
                                   {"step", to_string(step.step)}});
}

Result<void> Questions::Impl::note_reminder(store::Transaction& tx, const QuestionRow& row) const {
  MINBEN_CHECK(tx.run(set_reminded, row.person, row.line.id));
  return set_clock(tx, row);
}

Result<Question> Questions::Impl::read(store::Transaction& tx, const QuestionRow& row) const {
  Question out;
  static_cast<QuestionLine&>(out) = row.line;
  MINBEN_TRY(uses, tx.run(find_use, row.person, row.line.usage));
  const Json content = uses.front().json("content");
  out.use = usage_of(row.person, content);
  if (const Json* exchange = minben::find(content, "exchange")) out.exchange = *exchange;
  MINBEN_TRY(steps, tx.run(find_steps, row.person, row.line.id));
  std::vector<ledger::EntryId> entries;
  for (const store::Row step : steps) {
    MINBEN_TRY(event, event_of(parts, tx, row.person, step));
    entries.push_back(event.entry);
    out.history.push_back(std::move(event));
  }
  MINBEN_TRY(positions, parts.commitments.positions_of(tx, entries));
  for (QuestionEvent& event : out.history)
    if (const auto found = positions.find(event.entry); found != positions.end())
      event.position = found->second;
  return out;
}

}  // namespace minben::mydata
