#include "workbench.hpp"

#include <algorithm>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "process/process.hpp"
#include "sample_files.hpp"

namespace minben::casework {

struct Workbench::Impl {
  /// What the rooms stand on, in order of construction.
  struct Ground {
    std::unique_ptr<VirtualClock> clock;
    std::unique_ptr<SystemRandom> random;
    std::unique_ptr<store::Database> database;
    std::unique_ptr<ledger::Log> log;
    std::unique_ptr<keys::Keys> keys;
  };
  Impl(const Config& config, Ground ground, const Calendar& used_calendar);

  Result<Json> answer(const mydata::GatewayCall& call);
  void start();

  std::unique_ptr<VirtualClock> clock;
  std::unique_ptr<SystemRandom> owned_random;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<ledger::Log> log;
  ledger::Logs logs;
  std::unique_ptr<keys::Keys> keys;
  const Calendar& calendar;
  Random& random;
  identity::Identity identity;
  ledger::Commitments commitments;
  net::Client client;
  mydata::MyData mydata;
  payments::Payments payments;
  documents::Documents documents;
  Packages packages;
  Casework casework;
  store::Workers workers;

  std::mutex guard;  ///< of what follows
  std::map<std::string, Result<Json>> registers;
  std::map<std::pair<AgencyCode, int>, identity::Officer> officers;
  std::vector<identity::OutgoingMail> mails;
  int remittances = 0;
  int people = 0;
};

namespace {

identity::Config identity_config() {
  identity::Config config;
  config.origins = {"http://localhost"};  // of a passkey in software
  return config;
}

payments::Config payment_config() {
  payments::Config config;
  config.secret = Bytes(32, 7);  // no provider is ever called
  return config;
}

mydata::Parts mydata_parts(Workbench::Impl& world) {
  return {*world.database,
          *world.clock,
          world.random,
          world.commitments,
          world.logs,
          trust::SigningKey::generate(trust::KeyType::ed25519),
          [&world](const mydata::GatewayCall& call) { return world.answer(call); },
          [](const AgencyCode& agency) -> Result<std::vector<trust::VerifyKey>> {
            return fail(Kind::not_found, "unknown_member", agency.value);
          }};
}

}  // namespace

Workbench::Impl::Impl(const Config& config, Ground ground, const Calendar& used_calendar)
    : clock(std::move(ground.clock)),
      owned_random(std::move(ground.random)),
      database(std::move(ground.database)),
      log(std::move(ground.log)),
      logs(*log),
      keys(std::move(ground.keys)),
      calendar(used_calendar),
      random(*owned_random),
      identity(*database, *clock, random, *keys, identity_config()),
      commitments(*clock, random),
      client({}),
      mydata(mydata_parts(*this)),
      payments(*database, commitments, client, *clock, random, payment_config()),
      documents(identity.vault(), *clock, random),
      packages(*database, config.packages, config.agencies),
      casework({*database, *clock, random, identity, commitments, mydata, payments, documents,
                packages, calendar, &logs},
               {"http://localhost"}),
      workers(*database, *clock, 1) {
  start();
}

void Workbench::Impl::start() {
  mydata.work_in(workers);
  payments.register_jobs(workers);
  casework.work_in(workers, [this](const identity::OutgoingMail& mail) -> Result<void> {
    const std::lock_guard lock(guard);
    mails.push_back(mail);
    return {};
  });
}

Result<Json> Workbench::Impl::answer(const mydata::GatewayCall& call) {
  const std::lock_guard lock(guard);
  const auto found =
      registers.find(fmt::format("{}/{}/{}", call.provider.value, call.subsystem, call.service));
  if (found == registers.end()) return fail(Kind::not_found, "no_record");
  return found->second;
}

Result<std::unique_ptr<Workbench>> Workbench::open(const Config& config, const Calendar& calendar) {
  auto clock = std::make_unique<VirtualClock>(config.start);
  store::DatabaseConfig database_config;
  database_config.url = config.database_url;
  MINBEN_TRY(database, store::Database::open(database_config, *clock));
  MINBEN_CHECK(database->migrate(all_migrations()));
  MINBEN_TRY(log, ledger::Log::open(config.scratch / "ledger", "workbench.example/ledger",
                                    trust::SigningKey::generate(trust::KeyType::ed25519)));
  auto random = std::make_unique<SystemRandom>();
  MINBEN_TRY(keys,
             keys::Keys::open(*database, *clock, *random, std::make_shared<trust::KeyRing>()));
  auto impl =
      std::make_unique<Impl>(config,
                             Impl::Ground{std::move(clock), std::move(random), std::move(database),
                                          std::move(log), std::move(keys)},
                             calendar);
  return std::unique_ptr<Workbench>(new Workbench(std::move(impl)));
}

Workbench::Workbench(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Workbench::~Workbench() = default;

VirtualClock& Workbench::clock() { return *impl_->clock; }
store::Database& Workbench::database() { return *impl_->database; }
Packages& Workbench::packages() { return impl_->packages; }
Casework& Workbench::casework() { return impl_->casework; }
const keys::Keys& Workbench::keys() { return *impl_->keys; }
identity::Identity& Workbench::identity() { return impl_->identity; }
mydata::MyData& Workbench::mydata() { return impl_->mydata; }
payments::Payments& Workbench::payments() { return impl_->payments; }
documents::Documents& Workbench::documents() { return impl_->documents; }
ledger::Logs& Workbench::logs() { return impl_->logs; }
const std::vector<identity::OutgoingMail>& Workbench::mails() const { return impl_->mails; }

Result<Applicant> Workbench::new_applicant(std::string_view name, std::string_view national_id) {
  return impl_->database->transact([&](store::Transaction& tx) -> Result<Applicant> {
    identity::Profile profile;
    profile.name = std::string(name);
    profile.name_latin = std::string(name);
    profile.email = fmt::format("{}@example.org", impl_->random.below(1'000'000'000'000));
    // Like a national id in form, and nobody's: the second digit is never 3.
    profile.national_id =
        national_id.empty() ? fmt::format("A3{:08}", ++impl_->people) : std::string(national_id);
    MINBEN_TRY(person, impl_->identity.add_person(tx, profile));
    return Applicant{person, identity::Assurance::substantial};
  });
}

Result<Officer> Workbench::officer(const AgencyCode& agency, int number) {
  const std::lock_guard lock(impl_->guard);
  const auto key = std::pair(agency, number);
  if (const auto known = impl_->officers.find(key); known != impl_->officers.end())
    return known->second;
  return impl_->database->transact([&](store::Transaction& tx) -> Result<Officer> {
    using namespace identity::role;
    identity::NewOfficer wanted;
    wanted.agency = agency;
    wanted.name = fmt::format("Officer {} of {}", number, agency.value);
    wanted.email = fmt::format("{}.{}.{}@example.gov", agency.value, number,
                               impl_->random.below(1'000'000'000));
    for (const auto role : {caseworker, consultant, approver, team_lead, service_owner})
      wanted.roles.emplace_back(role);
    MINBEN_TRY(id, impl_->identity.add_officer(tx, wanted));
    MINBEN_TRY(officer, impl_->identity.officer(tx, id));
    impl_->officers.insert_or_assign(key, officer);
    return officer;
  });
}

void Workbench::set_register(const std::string& key, Result<Json> answer) {
  const std::lock_guard lock(impl_->guard);
  impl_->registers.insert_or_assign(key, std::move(answer));
}

Result<void> Workbench::pay(CaseId id) {
  auto& world = *impl_;
  MINBEN_TRY(found, world.database->transact(
                        [&](store::Transaction& tx) { return world.payments.of_case(tx, id); }));
  if (found.empty()) return fail(Kind::not_found, "nothing_to_pay");
  const auto& payment = found.front();
  const payments::Remittance line{payment.number, payment.amount_twd,
                                  taiwan_date(world.clock->now()),
                                  fmt::format("W{:08}", ++world.remittances)};
  MINBEN_TRY(booked, world.payments.reconcile("workbench", std::span(&line, 1)));
  if (!booked.refused.empty()) return std::unexpected(booked.refused.front());
  if (booked.applied != 1) return fail(Kind::conflict, "payment_not_open");
  return run_due();
}

Result<std::string> Workbench::upload(const Applicant& applicant, std::string_view property,
                                      std::string_view kind, std::string_view label) {
  const auto content = sample_file(kind, label);
  if (content.empty()) return fail(Kind::invalid, "unknown_file_kind", kind);
  return impl_->database->transact([&](store::Transaction& tx) -> Result<std::string> {
    documents::NewDocument wanted;
    wanted.person = applicant.person;
    wanted.purpose = to_lower_ascii(property);
    wanted.file_name = fmt::format("{}.{}", property, kind == "jpeg" ? "jpg" : kind);
    MINBEN_TRY(document, impl_->documents.add(tx, wanted, as_bytes(content)));
    return to_string(document.id);
  });
}

Result<void> Workbench::run_due() {
  for (int round = 0; round < 1000; ++round) {
    MINBEN_TRY(ran, impl_->workers.run_due());
    if (ran == 0) return {};
  }
  return fail(Kind::internal, "jobs_without_end");
}

Result<void> Workbench::advance_to(Date date) {
  for (auto day = add_days(taiwan_date(impl_->clock->now()), 1); day <= date;
       day = add_days(day, 1)) {
    impl_->clock->set(taiwan_midnight(day) + hours{9});
    MINBEN_CHECK(run_due());
  }
  return {};
}

}  // namespace minben::casework
