// Sign-ins with a passkey, and looks at sessions, beside the floor that nobody gets below: the bare
// check of the signature, and a bare transaction of one row. A private PostgreSQL that syncs.
//   sign_in [SECONDS]
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include <fmt/format.h>

#include "authenticator.hpp"
#include "identity/identity.hpp"
#include "must.hpp"
#include "store/store.hpp"

namespace minben::bench {
namespace {

namespace fs = std::filesystem;

constexpr int clients = 16;

struct Person {
  identity::SoftAuthenticator device{"localhost", "http://localhost:8080"};
  std::string token;
};

struct World {
  explicit World(const fs::path& folder)
      : cluster(
            must(store::Cluster::start({.directory = folder / "cluster", .outlive_owner = false}))),
        database(open(*cluster, clock)),
        keys(must(keys::Keys::open(*database, clock, random, std::make_shared<trust::KeyRing>()))),
        identity(*database, clock, random, *keys, config()) {
    for (int i = 0; i < clients; ++i) people.push_back(newcomer(i));
  }

  static identity::Config config() {
    identity::Config config;
    config.origins = {"http://localhost:8080"};
    return config;
  }
  static std::unique_ptr<store::Database> open(store::Cluster& cluster, const Clock& clock) {
    must(cluster.create_database("bench"));
    auto database = must(
        store::Database::open({.url = cluster.url("bench"), .connections = clients + 1}, clock));
    must(database->migrate(store::migrations()));
    must(database->migrate(keys::migrations()));
    must(database->migrate(identity::migrations()));
    return database;
  }
  Person newcomer(int number) {
    identity::Profile profile;
    profile.email = fmt::format("person{}@example.test", number);
    const PersonId id = must(database->transact(
        [&](store::Transaction& tx) { return identity.add_person(tx, profile); }));
    Person person;
    const auto first = must(identity.sign_in_unchecked(id, identity::Assurance::low));
    const auto ceremony = must(identity.start_passkey_registration(first.session));
    must(identity.register_passkey(first.session, person.device.create(ceremony.options), "key"));
    return person;
  }
  /// As the pages do: a challenge, the answer, and the session that was there before ends.
  void sign_in(Person& person) {
    const auto ceremony = must(identity.start_passkey_sign_in(identity::Realm::person));
    const Json answer = person.device.get(ceremony.options);
    person.token =
        must(identity.sign_in_with_passkey(answer, {.token = person.token, .user_agent = ""}))
            .token;
  }

  SystemClock clock;
  SystemRandom random;
  std::unique_ptr<store::Cluster> cluster;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<keys::Keys> keys;
  identity::Identity identity;
  std::vector<Person> people;
};

/// How often a second all threads together do it.
double rate(seconds time, const std::function<void(int thread)>& work) {
  std::atomic<std::int64_t> done = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  const auto begin = Steady::now();
  for (int t = 0; t < clients; ++t)
    threads.emplace_back([&, t] {
      while (!stop) {
        work(t);
        ++done;
      }
    });
  std::this_thread::sleep_for(time);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(done) / std::chrono::duration<double>(Steady::now() - begin).count();
}

double verifies_on_one_core(seconds time) {
  const auto key = trust::SigningKey::generate(trust::KeyType::p256);
  const trust::VerifyKey verifier = key.verify_key();
  const Bytes message(69, 7);
  const Bytes signature = key.sign_der(message);
  std::int64_t done = 0;
  const auto begin = Steady::now();
  while (Steady::now() - begin < time) {
    if (!verifier.verify_der(message, signature)) give_up("a signature does not hold");
    ++done;
  }
  return static_cast<double>(done) / std::chrono::duration<double>(Steady::now() - begin).count();
}

void run(World& world, seconds time) {
  static constexpr store::Query bare{"bench_bare",
                                     "insert into bench_row values ($1, 1) on conflict (n) "
                                     "do update set used = bench_row.used + 1"};
  static constexpr store::Query table{
      "bench_table", "create table bench_row (n integer primary key, used bigint not null)"};
  must(world.database->run(table));
  const double cores = std::max(1u, std::thread::hardware_concurrency());
  const double verifies = verifies_on_one_core(seconds{2});
  const double rows = rate(time / 2, [&](int t) { must(world.database->run(bare, t)); });
  const double sign_ins = rate(time, [&](int t) { world.sign_in(world.people[t]); });
  const double looks =
      rate(time / 2, [&](int t) { must(world.identity.session(world.people[t].token)); });
  fmt::print("{} threads, {} cores, with the database on the same machine\n", clients, cores);
  fmt::print("signature_checks_per_core: {:.0f} per second\n", verifies);
  fmt::print("bare_transactions: {:.0f} per second\n", rows);
  fmt::print("session_looks: {:.0f} per second\n", looks);
  fmt::print("sign_ins: {:.0f} per second\n", sign_ins);
  fmt::print("sign_ins_per_core: {:.0f} per second\n", sign_ins / cores);
  fmt::print("sign_ins_to_bare_transactions: {:.3f} ratio\n", sign_ins / rows);
  fmt::print("sign_ins_to_signature_checks: {:.4f} ratio\n", sign_ins / cores / verifies);
}

}  // namespace
}  // namespace minben::bench

int main(int argc, char** argv) {
  using namespace minben::bench;
  const int time = argc > 1 ? std::atoi(argv[1]) : 10;
  if (time < 2) give_up("sign_in [SECONDS], two at least");
  std::string folder = (fs::temp_directory_path() / "minben-sign-in-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) give_up("no temporary folder");
  fs::permissions(folder, fs::perms(0755));
  {
    World world(folder);
    run(world, std::chrono::seconds(time));
  }
  fs::remove_all(folder);
  return 0;
}
