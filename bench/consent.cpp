// How many consent decisions a second one core makes, beside what nobody can do without:
//
//   decided by a gateway: an assertion that it never saw before is checked, and whether it covers
//     the call (exchange::verify_assertion, subject_digest); the floor is one Ed25519 verification
//   said by a person: granted, with history, ledger commitment, event and expiry, each a durable
//     transaction (mydata::MyData::grant); the floor is a transaction that updates one row
//
//   build/release/bench/consent [SECONDS]
#include <time.h>

#include <filesystem>

#include "exchange/exchange.hpp"
#include "must.hpp"
#include "mydata/mydata.hpp"

namespace minben::bench {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view register_key = "A123456789";

/// Seconds that this thread computed: what others do on the machine does not count.
double computed() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double waited() { return std::chrono::duration<double>(Steady::now().time_since_epoch()).count(); }

/// Calls per second of `clock` of `work` on this thread, for about so long.
template <class Work>
double rate(double (*clock)(), double seconds, Work&& work) {
  std::size_t done = 0;
  const double begin = clock();
  while (clock() - begin < seconds) {
    work(done);
    ++done;
  }
  return static_cast<double>(done) / (clock() - begin);
}

exchange::ConsentAssertion assertion_of(const Clock& clock, Random& random) {
  exchange::ConsentAssertion out;
  out.id = to_string(new_uuid(clock, random));
  out.consent = to_string(new_uuid(clock, random));
  out.person = PersonId::make(clock, random);
  out.subject = exchange::subject_digest(out.id, register_key);
  out.service = {{"MINBEN", "GOV", "ris", "register"}, "person"};
  out.recipient = {"MINBEN", "GOV", "moda", "casework"};
  out.purpose = "loan";
  out.case_id = to_string(new_uuid(clock, random));
  out.fields = {"name_zh", "birth_date", "address_zh"};
  out.issued_at = clock.now();
  out.expires_at = out.issued_at + exchange::assertion_lifetime_s;
  return out;
}

void gateways(double seconds) {
  const VirtualClock clock(*parse_instant("2026-11-30T04:00:00Z"));
  SystemRandom random;
  const auto key = trust::SigningKey::generate(trust::KeyType::ed25519);
  const trust::VerifyKey& platform = key.verify_key();
  std::vector<std::string> tokens;
  for (int i = 0; i < 20'000; ++i)
    tokens.push_back(must(exchange::sign_assertion(assertion_of(clock, random), key)));
  const Bytes message(400, 1);
  const Bytes signature = key.sign(message);
  const double floor = rate(computed, seconds, [&](std::size_t) {
    if (!platform.verify(message, signature)) give_up("a signature does not hold");
  });
  const double decisions = rate(computed, seconds, [&](std::size_t i) {
    const auto seen =
        must(exchange::verify_assertion(tokens[i % tokens.size()], platform, clock.now()));
    if (seen.purpose != "loan" || seen.subject != exchange::subject_digest(seen.id, register_key))
      give_up("not covered");
  });
  fmt::print("bare signature checks: {:.0f} 1/s per core\n", floor);
  fmt::print("consent decisions at a gateway: {:.0f} 1/s per core\n", decisions);
}

/// A database of its own, durable, in a folder that goes.
struct World {
  World()
      : folder(fs::temp_directory_path() / ("minben-bench-" + SystemRandom().token(9))),
        cluster(
            must(store::Cluster::start({.directory = folder / "cluster", .outlive_owner = false}))),
        database(open()),
        log(must(ledger::Log::open(folder / "log", "minben.example/bench",
                                   trust::SigningKey::generate(trust::KeyType::ed25519)))) {}
  ~World() {
    database.reset();
    cluster.reset();
    fs::remove_all(folder);
  }
  std::unique_ptr<store::Database> open() {
    must(cluster->create_database("bench"));
    auto made =
        must(store::Database::open({.url = cluster->url("bench"), .connections = 2}, clock));
    for (const auto migrations : {store::migrations(), ledger::migrations(), mydata::migrations()})
      must(made->migrate(migrations));
    return made;
  }
  SystemClock clock;
  SystemRandom random;
  fs::path folder;
  std::unique_ptr<store::Cluster> cluster;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<ledger::Log> log;
  ledger::Logs logs{*log};
  ledger::Commitments commitments{clock, random};
};

mydata::ConsentRequest request_of(World& world) {
  mydata::ConsentRequest out;
  out.person = PersonId::make(world.clock, world.random);
  out.data_request = mydata::DataRequestId::make(world.clock, world.random);
  out.terms.provider = {"ris"};
  out.terms.subsystem = "register";
  out.terms.service = "person";
  out.terms.title = {"戶籍登記資料", "Household registration"};
  out.terms.fields = {{"name_zh", {"姓名", "Name"}}, {"birth_date", {"出生日期", "Date of birth"}}};
  out.terms.recipient = {"moda"};
  out.terms.recipient_subsystem = "casework";
  out.terms.purpose_code = "loan";
  out.terms.purpose = {"貸款審核", "Deciding on a loan"};
  out.terms.legal_basis = {"個人資料保護法第20條", "Personal Data Protection Act, Art. 20"};
  out.answer_by = world.clock.now() + hours{1};
  return out;
}

void people(double seconds) {
  World world;
  mydata::MyData mydata(mydata::Parts{
      *world.database, world.clock, world.random, world.commitments, world.logs,
      trust::SigningKey::generate(trust::KeyType::ed25519),
      [](const mydata::GatewayCall&) -> Result<Json> { return fail(Kind::internal, "not_asked"); },
      [](const AgencyCode&) -> Result<std::vector<trust::VerifyKey>> {
        return fail(Kind::not_found, "unknown_member");
      }});
  static constexpr store::Query use{"bench_use", R"(
    insert into mydata.resource_use (resource_id, day, used) values ($1, $2, 1)
    on conflict (resource_id, day) do update set used = mydata.resource_use.used + 1)"};
  const Date today = taiwan_date(world.clock.now());
  const double floor = rate(waited, seconds, [&](std::size_t i) {
    must(world.database->transact(
        [&](store::Transaction& tx) { return tx.run(use, std::to_string(i % 100), today); }));
  });
  std::vector<std::pair<PersonId, mydata::ConsentId>> asked;
  for (int i = 0; i < static_cast<int>(3000 * seconds); ++i) {
    const auto request = request_of(world);
    asked.emplace_back(request.person, must(world.database->transact([&](store::Transaction& tx) {
                         return mydata.request(tx, request);
                       })));
  }
  const double grants = rate(waited, seconds, [&](std::size_t i) {
    if (i >= asked.size()) give_up("more was granted than was asked for");
    must(world.database->transact([&](store::Transaction& tx) {
      return mydata.grant(tx, asked[i].first, asked[i].second, identity::Assurance::substantial);
    }));
  });
  fmt::print("bare durable transactions: {:.0f} 1/s, one after the other\n", floor);
  fmt::print("consents granted: {:.0f} 1/s, one after the other\n", grants);
}

}  // namespace

int run(double seconds) {
  people(seconds);
  gateways(seconds);
  return 0;
}

}  // namespace minben::bench

int main(int argc, char** argv) {
  return minben::bench::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 3);
}
