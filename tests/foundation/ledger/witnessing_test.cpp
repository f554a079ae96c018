// A log and its witnesses: cosignatures are gathered, shown and carried by receipts.
#include <gmock/gmock.h>

#include <thread>

#include "core/core.hpp"
#include "ledger/witnessing.hpp"
#include "support/shared.hpp"
#include "trees.hpp"

namespace minben::ledger {
namespace {

namespace fs = std::filesystem;
constexpr net::Access anyone{"anyone"};
constexpr std::string_view origin = "minben.example/log";

/// One witness behind HTTP that can be taken down and brought back at the same port.
struct Served {
  Served(const fs::path& where, const std::string& called, KnownLogs known, const Clock& time)
      : directory(where / called), name(called), logs(std::move(known)), clock(time) {
    up();
  }
  void up() {
    witness = Witness::open(directory, test::cosigner(name), logs, clock).value();
    net::ServerConfig config;
    config.port = port;
    server = net::Server::start(config, witness_routes(*witness, "/w", anyone), {}).value();
    port = server->port();
  }
  void down() { server.reset(); }
  [[nodiscard]] std::string line() const {
    return fmt::format("witness {} {} http://127.0.0.1:{}/w\n", name,
                       test::cosigner(name).verifier().vkey(), port);
  }
  fs::path directory;
  std::string name;
  KnownLogs logs;
  const Clock& clock;
  std::unique_ptr<Witness> witness;
  std::unique_ptr<net::Server> server;
  std::uint16_t port = 0;
};

struct Asking : testing::Test {
  minben::test::TemporaryDirectory temporary;
  VirtualClock clock{parse_instant("2026-11-29T12:00:00Z").value()};
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  NoteVerifier vkey = NoteVerifier::make(origin, key.verify_key()).value();
  std::unique_ptr<Log> log = open();
  std::vector<std::unique_ptr<Served>> witnesses;

  std::unique_ptr<Log> open() { return Log::open(temporary.path() / "log", origin, key).value(); }
  void serve(std::initializer_list<const char*> names) {
    for (const char* name : names)
      witnesses.push_back(std::make_unique<Served>(
          temporary.path(), name,
          [this](std::string_view asked) {
            return asked == origin ? std::vector{vkey} : std::vector<NoteVerifier>();
          },
          clock));
  }
  Policy policy(std::string_view threshold) {
    std::string text = fmt::format("log {}\n", vkey.vkey());
    std::string group = fmt::format("group g {}", threshold);
    for (const auto& one : witnesses) {
      text += one->line();
      group += " " + one->name;
    }
    return parse_policy(text + group + "\nquorum g\n").value();
  }
  static net::ClientConfig quick() {
    net::ClientConfig config;
    config.timeout_ms = milliseconds(500);
    return config;
  }
  void append(std::uint64_t count) {
    std::vector<Bytes> entries;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::string entry = fmt::format("entry {}", appended++);
      entries.emplace_back(entry.begin(), entry.end());
    }
    ASSERT_TRUE(log->append_all(entries));
  }
  std::uint64_t appended = 0;
};

TEST_F(Asking, GathersCosignaturesAndShowsThem) {
  serve({"a", "b", "c"});
  Witnessing witnessing(*log, policy("2"), quick());
  append(300);
  auto verdict = witnessing.run_once();
  ASSERT_TRUE(verdict) << describe(verdict.error());
  EXPECT_EQ(verdict->cosigned(), 3u);
  EXPECT_TRUE(verdict->quorum);
  EXPECT_EQ(minben::test::read_file(temporary.path() / "log" / "checkpoint"), log->checkpoint());
  append(57);
  EXPECT_EQ(witnessing.verdict()->cosigned(), 0u);  // a new checkpoint begins alone
  EXPECT_EQ(witnessing.run_once()->cosigned(), 3u);
  EXPECT_EQ(witnessing.verdict()->checkpoint.size, 357u);
  const auto verified = verify_directory(temporary.path() / "log", log->vkey());
  EXPECT_TRUE(verified) << describe(verified.error());
}

TEST_F(Asking, AWitnessThatIsDownIsMissingAndComesBack) {
  serve({"a", "b", "c"});
  Witnessing witnessing(*log, policy("all"), quick());
  append(10);
  witnesses[1]->down();
  auto verdict = witnessing.run_once().value();
  EXPECT_EQ(verdict.cosigned(), 2u);
  EXPECT_FALSE(verdict.quorum);
  EXPECT_FALSE(verdict.witnesses[1].cosigned_at);
  EXPECT_EQ(witnessing.states()[1].failure, "connect_failed");
  EXPECT_EQ(witnessing.states()[0].size, 10u);
  witnesses[1]->up();
  append(5);  // it is at size 0, we believe so too
  verdict = witnessing.run_once().value();
  EXPECT_EQ(verdict.cosigned(), 3u);
  EXPECT_TRUE(verdict.quorum);
  EXPECT_EQ(witnessing.states()[1].failure, "");
}

TEST_F(Asking, LearnsTheSizeOfAWitnessByConflict) {
  serve({"a"});
  append(10);
  ASSERT_EQ(Witnessing(*log, policy("1"), quick()).run_once()->cosigned(), 1u);
  append(10);
  Witnessing fresh(*log, policy("1"), quick());  // as after a restart: knows of no size
  EXPECT_EQ(fresh.run_once()->cosigned(), 1u);
}

TEST_F(Asking, ReceiptsHoldTheCosignaturesOfTheNewestCompleteCheckpoint) {
  serve({"a", "b"});
  const Policy all = policy("all");
  Witnessing witnessing(*log, all, quick());
  append(10);
  EXPECT_FALSE(judge(all, log->proof(3)->checkpoint)->quorum);
  ASSERT_TRUE(witnessing.run_once()->quorum);
  append(10);
  const auto check = [&](std::uint64_t index, bool quorum, std::uint64_t size) {
    const auto proof = log->proof(index).value();
    const auto verdict = judge(all, proof.checkpoint).value();
    EXPECT_EQ(verdict.quorum, quorum) << index;
    EXPECT_EQ(verdict.checkpoint.size, size);
    const std::string entry = fmt::format("entry {}", index);
    EXPECT_TRUE(check_inclusion(index, size, leaf_hash(as_bytes(entry)), proof.hashes,
                                verdict.checkpoint.root));
  };
  check(3, true, 10);
  check(15, false, 20);
  witnesses[0]->down();
  EXPECT_FALSE(witnessing.run_once()->quorum);
  check(3, true, 10);
  check(15, false, 20);
  witnesses[0]->up();
  EXPECT_TRUE(witnessing.run_once()->quorum);
  check(3, true, 20);
  check(15, true, 20);
}

TEST_F(Asking, WhatWasGatheredSurvivesARestart) {
  serve({"a", "b"});
  append(10);
  ASSERT_TRUE(Witnessing(*log, policy("all"), quick()).run_once()->quorum);
  for (const auto& one : witnesses) one->down();
  log.reset();
  log = open();
  Witnessing again(*log, policy("all"), quick());
  EXPECT_TRUE(again.run_once()->quorum);
  append(1);
  EXPECT_TRUE(judge(again.policy(), log->proof(3)->checkpoint)->quorum);
  EXPECT_FALSE(again.run_once()->quorum);
}

TEST_F(Asking, OnlyTrueCosignaturesAreShown) {
  serve({"a"});
  const Policy honest = policy("1");
  // Another witness answers under a's address, with its own key and with a's name.
  const auto liar =
      Cosigner::make("witness.example/a", trust::SigningKey::generate(trust::KeyType::ed25519))
          .value();
  witnesses[0]->down();
  net::ServerConfig config;
  config.port = witnesses[0]->port;
  std::string answer;
  const auto server =
      net::Server::start(config,
                         {{net::Method::post, "/w/add-checkpoint", anyone, 1 << 16,
                           [&](net::Request& request) {
                             const auto asked = parse_add_checkpoint(request.body).value();
                             const auto text = parse_note(asked.checkpoint)->text;
                             auto line = liar.sign(text, clock.now());
                             line.key_id = test::cosigner("a").verifier().key_id();
                             return net::Response::text(write_signature_lines(std::span(&line, 1)));
                           }}},
                         {})
          .value();
  append(3);
  Witnessing witnessing(*log, honest, quick());
  EXPECT_EQ(witnessing.run_once()->cosigned(), 0u);
  EXPECT_EQ(witnessing.states()[0].failure, "witness_not_authentic");
}

TEST_F(Asking, ARefusedForkIsNamed) {
  serve({"a"});
  append(10);
  // The witness has seen another history under this key.
  std::unique_ptr<Log> other = Log::open(temporary.path() / "other", origin, key).value();
  for (int i = 0; i < 8; ++i) {
    const std::string entry = fmt::format("hidden {}", i);
    ASSERT_TRUE(other->append(as_bytes(entry)));
  }
  ASSERT_EQ(Witnessing(*other, policy("1"), quick()).run_once()->cosigned(), 1u);
  Witnessing witnessing(*log, policy("1"), quick());
  EXPECT_EQ(witnessing.run_once()->cosigned(), 0u);
  EXPECT_EQ(witnessing.states()[0].failure, "witness_sees_inconsistency");
}

TEST_F(Asking, InTheBackgroundItFollowsTheLogAndHoldsNobodyUp) {
  serve({"a", "b"});
  net::ServerConfig config;
  config.idle_timeout_s = seconds(60);
  const auto slow = net::Server::start(config,
                                       {{net::Method::post, "/w/add-checkpoint", anyone, 1 << 16,
                                         [](net::Request&) {
                                           std::this_thread::sleep_for(milliseconds(700));
                                           return net::Response::text("too late", 500);
                                         }}},
                                       {})
                        .value();
  const std::string text = fmt::format(
      "log {}\n{}{}witness slow {} http://127.0.0.1:{}/w\ngroup g 2 a b slow\nquorum "
      "g\n",
      vkey.vkey(), witnesses[0]->line(), witnesses[1]->line(),
      test::cosigner("slow").verifier().vkey(), slow->port());
  Witnessing witnessing(*log, parse_policy(text).value(), quick(), {.pause_ms = milliseconds(10)});
  witnessing.start();
  const auto began = std::chrono::steady_clock::now();
  append(50);
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(5));
  const auto give_up = std::chrono::steady_clock::now() + seconds(10);
  while (!witnessing.verdict()->quorum && std::chrono::steady_clock::now() < give_up)
    std::this_thread::sleep_for(milliseconds(5));
  EXPECT_TRUE(witnessing.verdict()->quorum);
  EXPECT_EQ(witnessing.verdict()->checkpoint.size, 50u);
  witnessing.stop();
}

TEST_F(Asking, ShowTakesOnlyWhatTheLogHasCommitted) {
  append(5);
  const std::string five = log->checkpoint();
  append(5);
  EXPECT_TRUE(log->show(five, Log::Signatures::some));
  EXPECT_THAT(log->checkpoint(), testing::HasSubstr("\n10\n"));  // not taken back
  const auto signer = NoteSigner::make(origin, key).value();
  const auto of = [&](std::uint64_t size, const Hash& root) {
    const std::string text = write_checkpoint({std::string(origin), size, root, {}});
    return write_note({text, {signer.sign(text)}});
  };
  EXPECT_EQ(log->show(of(10, sha256("x")), Log::Signatures::complete).error().code,
            "not_committed");
  EXPECT_EQ(log->show(of(11, sha256("x")), Log::Signatures::complete).error().code,
            "not_committed");
  EXPECT_EQ(log->show("x", Log::Signatures::complete).error().code, "not_a_note");
}

TEST_F(Asking, FollowsALedgerIntoItsSuccessorAndFinishesTheOld) {
  log.reset();
  std::map<int, trust::SigningKey> keys{{1, key},
                                        {2, trust::SigningKey::generate(trust::KeyType::ed25519)}};
  const auto logs =
      Logs::open(temporary.path() / "log", origin, [&](int number) -> Result<trust::SigningKey> {
        return keys.at(number);
      }).value();
  const auto second =
      NoteVerifier::make(Logs::origin_of(origin, 2), keys.at(2).verify_key()).value();
  for (const char* name : {"a", "b"})
    witnesses.push_back(std::make_unique<Served>(
        temporary.path(), name,
        [&](std::string_view asked) {
          if (asked == second.name()) return std::vector{second};
          return asked == origin ? std::vector{vkey} : std::vector<NoteVerifier>();
        },
        clock));
  Witnessing witnessing(*logs, policy("all"), quick(), {.pause_ms = milliseconds(5)});
  const auto eventually = [](const auto& holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) std::this_thread::sleep_for(milliseconds(5));
    return holds();
  };
  const auto is_until = [&](Position position) {
    return [&, position] { return witnessing.complete_until() == position; };
  };
  ASSERT_TRUE(logs->newest().append(as_bytes("first")));
  EXPECT_EQ(witnessing.complete_until(), (Position{1, 0}));
  witnessing.start();
  EXPECT_TRUE(eventually(is_until({1, 1})));
  witnesses.front()->down();
  ASSERT_TRUE(logs->newest().append(as_bytes("second")));
  EXPECT_EQ(logs->begin_successor().value(), 2);
  ASSERT_TRUE(logs->newest().append(as_bytes("third")));
  EXPECT_TRUE(eventually([&] { return witnessing.verdict()->checkpoint.origin == second.name(); }));
  EXPECT_EQ(witnessing.complete_until().log, 1) << "the end of the first log lacks a witness";
  witnesses.front()->up();
  EXPECT_TRUE(eventually(is_until({2, 2}))) << "both are complete";
  EXPECT_EQ(judge(witnessing.policy(), logs->log(1).value()->checkpoint())->cosigned(), 2u);

  const Witnessing restarted(*logs, policy("all"), quick());
  EXPECT_EQ(restarted.complete_until(), (Position{2, 2}));
}

}  // namespace
}  // namespace minben::ledger
