#include "seed.hpp"

#include <atomic>

#include <spdlog/spdlog.h>

#include "../platform.hpp"
#include "applicants.hpp"
#include "office_day.hpp"
#include "live.hpp"
#include "open_data.hpp"
#include "papers.hpp"
#include "past_packages.hpp"
#include "side_by_side.hpp"
#include "staff.hpp"

namespace minben::app::demo {

namespace {

using casework::Applicant;

/// Applications as residents send them: accounts, drafts page by page, files, consent, payment.
class Applying {
 public:
  Applying(Platform& platform, const Clock& clock, forms::Form form)
      : platform_(platform), clock_(clock), form_(std::move(form)) {}

  /// The applications of these people, from account to submission. Most pay within days.
  Result<void> apply(const std::vector<const Resident*>& people, Random& luck) {
    std::vector<Sent> sent(people.size());
    MINBEN_CHECK(side_by_side(people.size(), luck, [&](std::size_t i, Random& own) -> Result<void> {
      const bool prc = (applied_ + i) % 20 == 7;  // one of twenty was employed in the PRC
      MINBEN_TRY(one, apply(*people[i], prc, own));
      sent[i] = std::move(one);
      return {};
    }));
    applied_ += people.size();
    waiting_.insert(waiting_.end(), sent.begin(), sent.end());
    cases_.insert(cases_.end(), sent.begin(), sent.end());
    return {};
  }

  /// Whatever applicants do today: answer consents, pay, answer supplements, now and then withdraw.
  Result<void> act(Random& luck) {
    MINBEN_CHECK(side_by_side(waiting_.size(), luck, [&](std::size_t i, Random& own) {
      Sent& sent = waiting_[i];
      if (sent.pays_at <= clock_.now()) sent.over = pay(sent, own);
      return Result<void>{};
    }));
    MINBEN_CHECK(side_by_side(cases_.size(), luck, [&](std::size_t i, Random& own) {
      // people do not look every day
      return own.below(4) == 0 ? act_on(cases_[i], own) : Result<void>{};
    }));
    for (const Sent& sent : cases_)
      if (sent.refused) refused_ = sent.email;
    const auto over = [](const Sent& sent) { return sent.over; };
    std::erase_if(waiting_, over);
    std::erase_if(cases_, over);
    return {};
  }

  /// E-mail of the applicant who learnt last of a refusal, "" when nobody did.
  [[nodiscard]] const std::string& refused() const { return refused_; }

  /// E-mail of an open case in this state, "" when there is none.
  std::string email_of(casework::State state) {
    for (const Sent& sent : cases_) {
      const auto view = platform_.casework().my_case(sent.applicant, sent.id);
      if (view && view->summary.state == state) return sent.email;
    }
    return {};
  }

 private:
  struct Sent {
    Applicant applicant;
    CaseId id;
    std::string email;
    Instant pays_at{};
    bool refused = false;
    bool over = false;
  };

  Result<Sent> apply(const Resident& resident, bool prc, Random& luck) {
    MINBEN_TRY(applicant, open_account(resident));
    JsonObject answers = gold_card_answers(resident, prc, luck);
    MINBEN_CHECK(add_files(applicant, resident, answers));
    const ServiceCode service{"gold-card"};
    MINBEN_TRY(draft, platform_.casework().start_draft(applicant, service));
    for (const forms::Page* page : form_.visible_pages(answers)) {
      MINBEN_TRY(saved, platform_.casework().save_page(applicant, draft.id, draft.version, page->id,
                                                       form_.encode(*page, answers)));
      if (!saved.problems.empty())
        return fail(Kind::internal, "seed_answers", saved.problems.front().code,
                    saved.problems.front().pointer);
      draft = saved.draft;
    }
    MINBEN_TRY(submitted, platform_.casework().submit(applicant, draft.id, draft.version,
                                                      to_string(draft.id), true));
    return Sent{applicant, submitted.id, resident.email, clock_.now() + hours{2 + luck.below(70)}};
  }

  Result<void> act_on(Sent& sent, Random& luck) {
    MINBEN_TRY(view, platform_.casework().my_case(sent.applicant, sent.id));
    sent.over = casework::is_final(view.summary.state);
    sent.refused = view.summary.state == casework::State::refused;
    if (sent.over) return {};
    MINBEN_CHECK(answer_consents(sent, view, luck));
    if (view.supplement && luck.below(3) == 0) return answer_supplement(sent, view);
    if (view.summary.state != casework::State::in_review || luck.below(300) != 0) return {};
    return platform_.casework().withdraw(sent.applicant, sent.id,
                                         "I have accepted a post elsewhere.");
  }

  Result<Applicant> open_account(const Resident& resident) {
    return platform_.database().transact([&](store::Transaction& transaction) -> Result<Applicant> {
      MINBEN_TRY(person, platform_.identity().add_person(
                             transaction, {resident.name, resident.name, resident.email,
                                           resident.number, Language::en}));
      return Applicant{person, identity::Assurance::substantial};
    });
  }

  Result<std::string> upload(const Applicant& applicant, std::string_view purpose,
                             std::string_view name, const std::string& content) {
    return platform_.database().transact(
        [&](store::Transaction& transaction) -> Result<std::string> {
          MINBEN_TRY(document, platform_.documents().add(
                                   transaction,
                                   {applicant.person, std::string(purpose), std::string(name), ""},
                                   as_bytes(content)));
          return to_string(document.id);
        });
  }

  Result<void> add_files(const Applicant& applicant, const Resident& resident,
                         JsonObject& answers) {
    MINBEN_TRY(passport, passport_pdf(resident, clock_.now()));
    MINBEN_TRY(passport_id, upload(applicant, "passport_copy", "passport.pdf", passport));
    MINBEN_TRY(photo_id, upload(applicant, "photo", "photo.png", photo_png(resident)));
    MINBEN_TRY(evidence, evidence_pdf(resident, std::string_view(answers.at("field").as_string()),
                                      clock_.now()));
    MINBEN_TRY(evidence_id, upload(applicant, "evidence", "evidence.pdf", evidence));
    answers["passport_copy"] = passport_id;
    answers["photo"] = photo_id;
    answers["evidence"] = evidence_id;
    if (answers.at("situation").as_string() == "conversion") {
      MINBEN_TRY(arc_id, upload(applicant, "arc_copy", "arc.pdf", passport));
      answers["arc_copy"] = arc_id;
    }
    return {};
  }

  /// By slip, at a convenience store; four of a hundred never pay.
  bool pay(const Sent& sent, Random& luck) {
    if (luck.below(100) < 4) return true;
    const auto found = platform_.database().transact([&](store::Transaction& transaction) {
      return platform_.payments().of_case(transaction, sent.id);
    });
    if (!found || found->empty()) return true;
    const payments::Remittance line{found->front().number, found->front().amount_twd,
                                    taiwan_date(clock_.now()),
                                    fmt::format("CVS{:08}", ++remittances_)};
    const auto booked = platform_.payments().reconcile("convenience-stores", std::span(&line, 1));
    return booked.has_value();
  }

  Result<void> answer_consents(const Sent& sent, const casework::CaseView& view, Random& luck) {
    for (const std::string& consent : view.consents_wanted)
      MINBEN_CHECK(platform_.casework().answer_consent(sent.applicant, sent.id, consent,
                                                       luck.below(40) != 0));
    return {};
  }

  Result<void> answer_supplement(const Sent& sent, const casework::CaseView& view) {
    JsonObject values;
    for (const casework::SupplementField& field : view.supplement->fields) {
      const std::string name = field.field.substr(1);
      const Json* old = view.answers.if_contains(name);
      values[name] = old != nullptr ? *old : Json(nullptr);
      if (name == "passport_copy" || name == "evidence") {
        MINBEN_TRY(content, passport_pdf({}, clock_.now()));
        MINBEN_TRY(id, upload(sent.applicant, name, name + "-again.pdf", content));
        values[name] = id;
      }
    }
    return platform_.casework().answer_supplement(sent.applicant, sent.id, view.supplement->id,
                                                  values);
  }

  Platform& platform_;
  const Clock& clock_;
  forms::Form form_;
  std::size_t applied_ = 0;
  std::vector<Sent> waiting_;  // for the fee
  std::vector<Sent> cases_;
  std::string refused_;
  std::atomic<int> remittances_ = 0;
};

Result<forms::Form> gold_card_form(const Config& config) {
  MINBEN_TRY(files, casework::read_package_files(config.packages / "gold-card"));
  const auto found = files.find("forms/application.json");
  if (found == files.end())
    return fail(Kind::not_found, "no_form", "the package has no application form");
  auto form = forms::Form::load(found->second, found->first);
  if (!form) return fail(form.error().front());
  return *form;
}

Result<void> run_due(store::Workers& workers, Random& luck) {
  constexpr int threads = 3;
  return side_by_side(threads, luck, [&](std::size_t, Random&) -> Result<void> {
    for (;;) {
      MINBEN_TRY(ran, workers.run_due());
      if (ran == 0) return {};
    }
  });
}

/// The day's applications, evenly spread with some luck, until `plan.cases` are reached.
int arrivals(const SeedPlan& plan, int day, int sent, Random& random) {
  const int expected = plan.cases * (day + 1) / plan.days;
  return std::clamp(expected - sent + static_cast<int>(random.below(3)) - 1, 0, plan.cases - sent);
}

std::vector<Account> notable(Applying& applying) {
  std::vector<Account> accounts = {
      {"newcomer@people.example", "applicant without a case (any address works)", "/en"}};
  if (const auto email = applying.email_of(casework::State::awaiting_applicant); !email.empty())
    accounts.push_back({email, "applicant who owes an answer", "/en/cases"});
  if (const auto email = applying.email_of(casework::State::in_review); !email.empty())
    accounts.push_back({email, "applicant with a case in review", "/en/cases"});
  if (!applying.refused().empty())
    accounts.push_back({applying.refused(), "applicant whose case was refused", "/en/cases"});
  std::ranges::move(staff_accounts(), std::back_inserter(accounts));
  return accounts;
}

}  // namespace

namespace {

/// What happens on each day, from the first application to this morning.
class Days {
 public:
  Days(Platform& platform, store::Workers& workers, const Staff& staff, Applying& applying,
       VirtualClock& clock)
      : platform_(platform), workers_(workers), staff_(staff), applying_(applying), clock_(clock) {}

  Result<void> pass(const SeedPlan& plan, const std::vector<Resident>& residents, Instant now,
                    const PastPackages& packages, Random& luck) {
    const Date today = taiwan_date(now);
    for (int day = 0; day <= plan.days; ++day) {
      if (!plan.progress(day, plan.days))
        return fail(Kind::unavailable, "interrupted", "the next start begins anew");
      const Date date = add_days(today, day - plan.days);
      clock_.set(std::min(now, taiwan_midnight(date) + hours{9} + minutes{luck.below(60)}));
      if (day == plan.days - plan.served_days) MINBEN_CHECK(serve_today(packages));
      MINBEN_CHECK(run_due(workers_, luck));
      MINBEN_CHECK(applying_.apply(arriving(plan, residents, day, today, luck), luck));
      MINBEN_CHECK(applying_.act(luck));
      MINBEN_CHECK(run_due(workers_, luck));
      if (platform_.casework().calendar().is_working_day(date) && day < plan.days)
        MINBEN_CHECK(office_day(platform_.casework(), staff_, luck));
      clock_.set(std::min(now, taiwan_midnight(date) + hours{17}));
      MINBEN_CHECK(run_due(workers_, luck));
    }
    clock_.set(now);
    return run_due(workers_, luck);
  }

 private:
  Result<void> serve_today(const PastPackages& packages) {
    MINBEN_CHECK(packages.catch_up());
    for (const Error& fault : platform_.packages().reload()) return fail(fault);
    return {};
  }

  std::vector<const Resident*> arriving(const SeedPlan& plan,
                                        const std::vector<Resident>& residents, int day, Date today,
                                        Random& luck) {
    std::vector<const Resident*> found;
    const auto count = static_cast<std::size_t>(arrivals(plan, day, sent_, luck));
    for (; found.size() < count && next_ < residents.size(); ++next_)
      if (may_apply(residents[next_], today)) found.push_back(&residents[next_]);
    sent_ += static_cast<int>(found.size());
    return found;
  }

  Platform& platform_;
  store::Workers& workers_;
  const Staff& staff_;
  Applying& applying_;
  VirtualClock& clock_;
  std::size_t next_ = 0;
  int sent_ = 0;
};

/// A citizen whom a certificate has proven, who can have registers asked about themselves, and has
/// a child to act for.
Result<Account> prove_citizen(Platform& platform, const std::vector<Resident>& residents) {
  // The first of the list has died, and the next four have cards, which prove them.
  int before = 5;
  const auto citizen = std::ranges::find_if(
      residents, [&](const Resident& resident) { return resident.is_citizen() && before-- == 0; });
  if (citizen == residents.end())
    return fail(Kind::internal, "no_citizen", "the registers know no citizen");
  const identity::Proof proof{std::string(identity::method::citizen_certificate),
                              "MOICA",
                              citizen->number,
                              {.identity = 2, .authenticator = 3},
                              {"hwk", "pin"}};
  MINBEN_TRY(signed_in,
             platform.identity().bind(proof, {citizen->number, citizen->name_zh, citizen->name}));
  const PersonId id = *signed_in.session.person();
  MINBEN_CHECK(platform.database().transact([&](store::Transaction& tx) -> Result<void> {
    MINBEN_TRY(person, platform.identity().person(tx, id));
    person.profile.email = citizen->email;
    return platform.identity().change_profile(tx, id, person.profile);
  }));
  return Account{citizen->email, "citizen proven by a certificate", "/en/data-requests"};
}

}  // namespace

Result<std::vector<Account>> seed(const Config& config, const std::vector<Resident>& residents,
                                  VirtualClock& clock, Instant now, const SeedPlan& plan) {
  SystemRandom ids;
  SeededRandom luck(plan.seed);
  MINBEN_TRY(packages, PastPackages::lay_out(config.packages, config.state / "past-packages"));
  Config past = config;
  past.packages = packages.folder();
  MINBEN_TRY(platform, Platform::open(past, clock, ids));
  MINBEN_TRY(staff, hire_staff(platform->database(), platform->identity()));
  MINBEN_TRY(form, gold_card_form(past));
  store::Workers workers(platform->database(), clock);
  platform->work_in(workers, [](const identity::OutgoingMail&) -> Result<void> { return {}; });
  Applying applying(*platform, clock, std::move(form));
  MINBEN_CHECK(
      Days(*platform, workers, staff, applying, clock).pass(plan, residents, now, packages, luck));
  packages.remove();
  MINBEN_CHECK(platform->sequencer().run_once());
  MINBEN_TRY(open_data, OpenData::open(config, *platform, clock, ids));
  MINBEN_CHECK(publish_open_data(config, *open_data, platform->database(), clock, ids));
  MINBEN_CHECK(publish_streams(config, *open_data, *platform,
                               stations_directory(config.state.parent_path())));
  MINBEN_TRY(citizen, prove_citizen(*platform, residents));
  std::vector<Account> accounts = notable(applying);
  accounts.push_back(std::move(citizen));
  return accounts;
}

}  // namespace minben::app::demo
