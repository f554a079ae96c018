// A person questions a use of their data, on a virtual clock: terms, reminders, escalation, and
// what each side may do and see.
#include "fixture.hpp"
#include "mydata/questions.hpp"

namespace minben::mydata {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Step = QuestionStep;

std::string date_of(Date date) { return minben::to_string(date); }

struct QuestionsTest : MyDataTest {
  std::unique_ptr<keys::Keys> key_store =
      *keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>());
  identity::Identity identity{db.database(), clock, random, *key_store, {}};
  Questions questions{{db.database(), clock, random, commitments, logs, identity},
                      {.origin = "http://localhost"}};
  std::vector<identity::OutgoingMail> mails;
  store::Workers workers{db.database(), clock};
  identity::Officer wda_officer = officer("wda", "privacy@wda.example");
  identity::Officer moda_officer = officer("moda", "privacy@moda.example");
  UsageId usage;

  QuestionsTest() {
    questions.work_in(workers, [this](const identity::OutgoingMail& mail) -> Result<void> {
      mails.push_back(mail);
      return {};
    });
    person = run([&](store::Transaction& tx) {
               identity::Profile profile;
               profile.email = "lin@people.example";
               profile.language = Language::en;
               return identity.add_person(tx, profile);
             }).value();
    usage = looked_at();
  }
  identity::Officer officer(const std::string& agency, const std::string& email,
                            std::string_view role = identity::role::data_protection_officer) {
    return run([&](store::Transaction& tx) -> Result<identity::Officer> {
             MINBEN_TRY(id, identity.add_officer(tx, {.agency = {agency},
                                                      .name = "Yeh",
                                                      .email = email,
                                                      .roles = {std::string(role)},
                                                      .language = Language::en}));
             return identity.officer(tx, id);
           })
        .value();
  }
  UsageId looked_at(const std::string& agency = "wda") {
    return run([&](store::Transaction& tx) {
             return mydata.record_view(tx, {person,
                                            case_id,
                                            {agency},
                                            "caseworker",
                                            {{"/passport", {"護照", "Passport"}}},
                                            "gold-card-review",
                                            {"就業金卡審查", "Review"},
                                            {"法", "Law"}});
           })
        .value();
  }
  QuestionId ask(std::string_view words = "I never applied there.") {
    return questions.ask(person, usage, words).value();
  }
  Question question(QuestionId id) { return questions.find(person, id).value(); }
  std::vector<Step> steps(QuestionId id) {
    std::vector<Step> out;
    for (const QuestionEvent& event : question(id).history) out.push_back(event.step);
    return out;
  }
  /// Subjects and receivers of what was sent since the last call.
  std::vector<std::string> sent() {
    EXPECT_TRUE(workers.run_due());
    std::vector<std::string> out;
    for (const auto& mail : mails) out.push_back(mail.to + ": " + mail.subject);
    std::ranges::sort(out);
    mails.clear();
    return out;
  }
  void go_to(std::string_view time) {
    const Instant to = parse_instant(time).value();
    clock.advance(to - clock.now());
  }
  Result<void> answer(QuestionId id, std::string_view words = "It was your employer's case.") {
    return questions.answer(wda_officer, id, question(id).version, Outcome::justified, words);
  }
};

TEST_F(QuestionsTest, IsAnsweredWithinTheTermOfTheLaw) {
  const QuestionId id = ask();
  const Question asked = question(id);
  EXPECT_EQ(asked.agency.value, "wda");
  EXPECT_EQ(asked.use.id, usage);
  EXPECT_THAT(asked.number, testing::MatchesRegex("Q115-[0-9]{8}"));
  // Asked on 23 November: the 15th day after it.
  EXPECT_EQ(date_of(asked.last_day()), "2026-12-08");
  EXPECT_EQ(asked.history.at(0).words, "I never applied there.");
  EXPECT_THAT(sent(), ElementsAre("privacy@wda.example: A new question about a use of personal "
                                  "data " +
                                  asked.number));
  ASSERT_EQ(questions.queue(wda_officer)->size(), 1u);

  const Question seen = questions.open(wda_officer, id).value();
  EXPECT_TRUE(seen.use.person.is_nil()) << "officers are not told who asks";
  EXPECT_EQ(seen.history.at(0).words, "I never applied there.");
  ASSERT_TRUE(answer(id));
  const Question done = question(id);
  EXPECT_EQ(done.state, QuestionState::answered);
  EXPECT_EQ(done.outcome, Outcome::justified);
  EXPECT_EQ(done.history.back().words, "It was your employer's case.");
  EXPECT_THAT(sent(), ElementsAre("lin@people.example: Your question about a use of your data is "
                                  "answered " +
                                  asked.number));
  EXPECT_EQ(answer(id).error().code, "question_not_open");
  clock.advance(days(40));
  EXPECT_THAT(sent(), IsEmpty()) << "nobody is reminded of what is answered";
}

TEST_F(QuestionsTest, OfficersAreRemindedAndThenTheSupervisorIsTold) {
  const QuestionId id = ask();
  sent();
  go_to("2026-12-05T15:59:00Z");
  EXPECT_THAT(sent(), IsEmpty());
  go_to("2026-12-05T16:00:00Z");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("privacy@wda.example: A question about a use of "
                                            "personal data is due soon")));
  go_to("2026-12-08T15:59:59Z");
  EXPECT_THAT(sent(), IsEmpty());
  EXPECT_FALSE(question(id).overdue(clock.now()));
  go_to("2026-12-08T16:00:00Z");
  EXPECT_TRUE(question(id).overdue(clock.now()));
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("privacy@moda.example: A question about a use of "
                                            "personal data is overdue"),
                                  HasSubstr("privacy@wda.example")));
  EXPECT_THAT(steps(id), ElementsAre(Step::asked, Step::escalated));
  EXPECT_EQ(questions.overdue_elsewhere(moda_officer)->size(), 1u);
  EXPECT_THAT(*questions.overdue_elsewhere(wda_officer), IsEmpty());
  EXPECT_EQ(questions.open(moda_officer, id).error().code, "question_not_found")
      << "the supervisor reads nobody's words";
  EXPECT_EQ(questions.extend(wda_officer, id, 2, "Sorry.").error().code, "question_overdue");
  EXPECT_TRUE(answer(id)) << "late is better than never";
  EXPECT_THAT(*questions.overdue_elsewhere(moda_officer), IsEmpty());
}

TEST_F(QuestionsTest, TheTermIsExtendedOnceWithItsReason) {
  const QuestionId id = ask();
  sent();
  EXPECT_EQ(date_of(*questions.open(wda_officer, id)->extendable_to), "2026-12-23");
  EXPECT_EQ(questions.extend(wda_officer, id, 1, "  ").error().code, "question_empty");
  ASSERT_TRUE(questions.extend(wda_officer, id, 1, "The archive is being moved."));
  const Question longer = question(id);
  EXPECT_EQ(date_of(longer.last_day()), "2026-12-23");
  EXPECT_EQ(longer.history.back().words, "The archive is being moved.");
  EXPECT_FALSE(questions.open(wda_officer, id)->extendable_to);
  EXPECT_EQ(questions.extend(wda_officer, id, 2, "Again.").error().code, "already_extended");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("lin@people.example: More time")));
  go_to("2026-12-20T16:00:00Z");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("due soon"))) << "reminded by the new term";
  go_to("2026-12-23T16:00:00Z");
  EXPECT_EQ(sent().size(), 2u);
}

TEST_F(QuestionsTest, APersonAddsOnceWhichOpensItAgainAndCloses) {
  const QuestionId id = ask();
  ASSERT_TRUE(answer(id));
  sent();
  clock.advance(days(2));
  ASSERT_TRUE(questions.add(person, id, "I have no employer."));
  const Question again = question(id);
  EXPECT_EQ(again.state, QuestionState::open);
  EXPECT_EQ(again.outcome, Outcome::none);
  EXPECT_EQ(date_of(again.last_day()), "2026-12-10");
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("privacy@wda.example: More about a question")));
  EXPECT_EQ(questions.add(person, id, "And more.").error().code, "already_added");
  ASSERT_TRUE(questions.answer(wda_officer, id, again.version, Outcome::corrected, "Deleted."));
  ASSERT_TRUE(questions.close(person, id));
  EXPECT_TRUE(questions.close(person, id));
  EXPECT_EQ(question(id).outcome, Outcome::corrected);
  EXPECT_THAT(steps(id),
              ElementsAre(Step::asked, Step::answered, Step::added, Step::answered, Step::closed));
  EXPECT_EQ(questions.add(person, id, "x").error().code, "question_closed");
  EXPECT_THAT(*questions.queue(wda_officer), IsEmpty());
  sent();
  clock.advance(days(60));
  EXPECT_THAT(sent(), IsEmpty());
}

TEST_F(QuestionsTest, OneOfTwoOfficersWins) {
  const QuestionId id = ask();
  ASSERT_TRUE(questions.add(person, id, "One thing more."));
  EXPECT_EQ(questions.answer(wda_officer, id, 1, Outcome::justified, "Fine.").error().code,
            "question_changed")
      << "answered without having seen what was added";
  EXPECT_TRUE(questions.answer(wda_officer, id, 2, Outcome::justified, "Fine."));
}

TEST_F(QuestionsTest, IsForThePersonAndOfficersWithTheRoleAlone) {
  const QuestionId id = ask();
  const PersonId stranger = PersonId::make(clock, random);
  EXPECT_EQ(questions.find(stranger, id).error().code, "question_not_found");
  EXPECT_EQ(questions.close(stranger, id).error().code, "question_not_found");
  EXPECT_EQ(questions.receipt(stranger, id, 1).error().code, "question_not_found");
  EXPECT_EQ(questions.ask(stranger, usage, "Why?").error().code, "usage_not_found");
  const auto caseworker = officer("wda", "desk@wda.example", identity::role::caseworker);
  EXPECT_EQ(questions.queue(caseworker).error().code, "role_missing");
  EXPECT_EQ(questions.open(caseworker, id).error().code, "role_missing");
  EXPECT_EQ(questions.answer(caseworker, id, 1, Outcome::justified, "x").error().code,
            "role_missing");
  EXPECT_EQ(questions.answer(moda_officer, id, 1, Outcome::justified, "x").error().code,
            "question_not_found");
}

TEST_F(QuestionsTest, RatesAndSizesAreBounded) {
  ask();
  EXPECT_EQ(questions.ask(person, usage, "Again?").error().code, "already_questioned");
  EXPECT_EQ(questions.ask(person, looked_at(), " \n").error().code, "question_empty");
  std::string long_one;
  for (int i = 0; i < 2001; ++i) long_one += "疑";
  EXPECT_EQ(questions.ask(person, looked_at(), long_one).error().code, "question_too_long");
  EXPECT_TRUE(questions.ask(person, looked_at(), long_one.substr(3)));
  for (int i = 2; i < 10; ++i) ASSERT_TRUE(questions.ask(person, looked_at(), "Why?"));
  EXPECT_EQ(questions.ask(person, looked_at(), "Why?").error().code, "too_many_questions");
  clock.advance(hours(25));
  for (int i = 10; i < 20; ++i) ASSERT_TRUE(questions.ask(person, looked_at(), "Why?"));
  clock.advance(hours(25));
  EXPECT_EQ(questions.ask(person, looked_at(), "Why?").error().code, "too_many_questions")
      << "20 are open";
}

TEST_F(QuestionsTest, AnAgencyWithoutSuchAnOfficerLeadsToTheSupervisor) {
  ASSERT_TRUE(questions.ask(person, looked_at("boca"), "Why?"));
  EXPECT_THAT(sent(), ElementsAre(HasSubstr("privacy@moda.example: A new question")));
}

TEST_F(QuestionsTest, WordsAreSealedAndTheLedgerProvesThem) {
  const QuestionId id = ask("Twelve monkeys.");
  ASSERT_TRUE(answer(id, "Thirteen."));
  EXPECT_EQ(questions.receipt(person, id, 1).error().code, "not_yet_sequenced");
  sequencer.run_once().value();
  const QuestionEvent first = question(id).history.at(0);
  ASSERT_TRUE(first.position);
  const auto receipt =
      ledger::verify_receipt(questions.receipt(person, id, 1).value(), log->vkey());
  ASSERT_TRUE(receipt) << describe(receipt.error());
  EXPECT_EQ(receipt->claim.type, "usage-question");
  EXPECT_EQ(string_or(receipt->claim.content, "words_sha256"),
            hex_encode(sha256(first.salt + first.words)));
  EXPECT_EQ(count("select count(*) as n from mydata.question_step where content::text like "
                  "'%monkeys%' or encode(words, 'escape') like '%monkeys%'"),
            0);
  EXPECT_EQ(count("select count(*) as n from store.event where topic = 'usage-question'"), 2);
  EXPECT_EQ(count("select count(*) as n from store.job where payload::text like '%monkeys%'"), 0);

  ASSERT_TRUE(run([&](store::Transaction& tx) { return identity.erase_person(tx, person); }));
  EXPECT_EQ(questions.open(wda_officer, id)->history.at(0).words, "") << "gone with the person";
}

TEST_F(QuestionsTest, MailsHoldNoWords) {
  const QuestionId id = ask("Twelve monkeys.");
  ASSERT_TRUE(answer(id, "Thirteen monkeys."));
  EXPECT_TRUE(workers.run_due());
  ASSERT_EQ(mails.size(), 2u);
  for (const auto& mail : mails) {
    EXPECT_THAT(mail.text, Not(HasSubstr("monkeys")));
    EXPECT_THAT(mail.text, HasSubstr("questions/" + to_string(id)));
  }
}

}  // namespace
}  // namespace minben::mydata
