// A ledger whose key changes while nodes are running.
#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "core/core.hpp"
#include "house.hpp"
#include "ledger/commitments.hpp"
#include "ledger/logs.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

using test_house::bytes_of;
using test_house::grow;

constexpr std::string_view origin = "minben.example/ledger";

/// What one node has on its disk.
using Keys = std::map<int, trust::SigningKey>;

struct Successions : testing::Test {
  VirtualClock clock{parse_instant("2026-11-23T04:05:06.123456Z").value()};
  SeededRandom random{11};
  test::TestDatabase db{clock, {migrations()}};
  Keys keys = keys_up_to(2), one_key = first_of(keys);

  static Keys keys_up_to(int last) {
    Keys out;
    for (int i = 1; i <= last; ++i)
      out.emplace(i, trust::SigningKey::generate(trust::KeyType::ed25519));
    return out;
  }
  static Keys first_of(const Keys& all) { return {{1, all.at(1)}}; }
  Result<std::unique_ptr<Logs>> try_open(const Keys& of) {
    return Logs::open(db.database(), origin, [&of](int number) -> Result<trust::SigningKey> {
      const auto found = of.find(number);
      if (found != of.end()) return found->second;
      return fail(Kind::not_found, "no_ledger_key", "", std::to_string(number));
    });
  }
  std::unique_ptr<Logs> open(const Keys& of) {
    auto logs = try_open(of);
    EXPECT_TRUE(logs) << describe(logs.error());
    return std::move(*logs);
  }
  static VerifiedLog verified(const Log& log) {
    return verify_log(*log_source(log), log.vkey(), {}).value();
  }
  static void check_succession_of(const Logs& logs) {
    for (int number = 2; number <= logs.current().first; ++number) {
      const Log& before = *logs.log(number - 1).value();
      const Log& after = *logs.log(number).value();
      const auto checked =
          check_succession(verified(before), before.key(), verified(after), after.key());
      EXPECT_TRUE(checked) << describe(checked.error());
    }
  }
};

TEST_F(Successions, AllNodesGoOnInTheSuccessor) {
  const auto one = open(keys), other = open(keys);
  grow(one->newest(), 3);
  EXPECT_EQ(one->begin_successor().value(), 2);
  EXPECT_EQ(one->current().first, 2);
  EXPECT_EQ(one->newest().origin(), "minben.example/ledger/2");
  EXPECT_EQ(other->newest().append(bytes_of("late")).error().code, "ledger_sealed");
  ASSERT_TRUE(other->follow());
  EXPECT_EQ(other->newest().append(bytes_of("late")).value(), 1u) << "0 is the predecessor's";
  EXPECT_EQ(other->log(1).value()->entry(2).value(), bytes_of("e 2"));
  EXPECT_EQ(other->log(3).error().code, "no_such_log");
  EXPECT_EQ(other->vkeys(), other->log(1).value()->vkey() + "\n" + one->newest().vkey() + "\n");
  check_succession_of(*other);
  check_succession_of(*open(keys));
}

TEST_F(Successions, TheOldKeyIsNotNeededAnyMore) {
  grow(open(keys)->newest(), 3);
  ASSERT_TRUE(open(keys)->begin_successor());
  const Keys without{{2, keys.at(2)}};
  const auto logs = open(without);
  EXPECT_EQ(logs->current().first, 2);
  EXPECT_TRUE(logs->newest().append(bytes_of("more")));
  EXPECT_EQ(logs->log(1).value()->proof(2)->index, 2u);
  check_succession_of(*logs);
}

TEST_F(Successions, ANodeWithoutTheKeyReadsAndWaits) {
  const auto late = open(one_key);
  grow(late->newest(), 3);
  ASSERT_TRUE(open(keys)->begin_successor());
  ASSERT_TRUE(late->follow());
  EXPECT_EQ(late->current().first, 2);
  EXPECT_EQ(late->newest().append(bytes_of("x")).error().code, "no_ledger_key");
  EXPECT_EQ(late->newest().size(), 1u);
  EXPECT_EQ(try_open(one_key).error().code, "no_ledger_key") << "at a start it is said at once";
  one_key = keys;
  ASSERT_TRUE(late->follow());
  EXPECT_EQ(late->newest().append(bytes_of("x")).value(), 1u);
}

TEST_F(Successions, AWrongKeyBeginsNothing) {
  ASSERT_TRUE(open(keys)->begin_successor());
  Keys wrong = keys_up_to(2);
  EXPECT_EQ(try_open(wrong).error().code, "wrong_ledger_key");
  wrong = {{1, keys.at(1)}};
  EXPECT_EQ(open(keys)->begin_successor().error().code, "no_ledger_key") << "of a third log";
  EXPECT_EQ(open(keys)->current().first, 2);
}

TEST_F(Successions, WhatWasStoppedIsFinishedOnce) {
  const auto logs = open(keys);
  grow(logs->newest(), 3);
  const auto next = NoteVerifier::make(Logs::origin_of(origin, 2), keys.at(2).verify_key()).value();
  ASSERT_TRUE(logs->newest().seal(next)) << "and then the power went";
  Keys three = keys;
  three.emplace(3, trust::SigningKey::generate(trust::KeyType::ed25519));
  EXPECT_EQ(open(three)->current().first, 2) << "opening finishes it, too";
  check_succession_of(*open(three));
  const auto sealed_again = open(three);
  const auto third = NoteVerifier::make(Logs::origin_of(origin, 3), three.at(3).verify_key());
  ASSERT_TRUE(sealed_again->newest().seal(*third));
  EXPECT_EQ(sealed_again->begin_successor().value(), 3) << "finishes; does not begin a fourth";
  check_succession_of(*sealed_again);
}

TEST_F(Successions, ReceiptsOfAllLogsVerify) {
  const auto logs = open(keys);
  const Commitments commitments(clock, random);
  Sequencer sequencer(db.database(), *logs);
  const auto commit = [&](std::int64_t number) {
    return db
        ->transact([&](store::Transaction& tx) {
          return commitments.commit(tx, "usage", PersonId::make(clock, random),
                                    JsonObject{{"number", number}});
        })
        .value();
  };
  const EntryId before = commit(1);
  ASSERT_EQ(sequencer.run_once().value(), 1);
  ASSERT_TRUE(open(keys)->begin_successor());  // another node
  const EntryId after = commit(2);
  ASSERT_EQ(sequencer.run_once().value(), 1) << "this one goes on there by itself";
  for (const auto& [id, number, log] : {std::tuple(before, 1, Logs::origin_of(origin, 1)),
                                        {after, 2, Logs::origin_of(origin, 2)}}) {
    const auto receipt =
        db->transact([&](store::Transaction& tx) {
            return commitments.receipt(tx, *open(keys), id, JsonObject{{"number", number}});
          }).value();
    const auto verified = verify_receipt(receipt, logs->vkeys());
    ASSERT_TRUE(verified) << describe(verified.error());
    EXPECT_EQ(verified->checkpoint.origin, log);
  }
}

TEST_F(Successions, NodesThatAppendAllTheTimeLoseNothing) {
  Keys many = keys_up_to(5);
  const auto one = open(many), other = open(many);
  std::atomic<bool> over{false};
  std::mutex mutex;
  std::map<std::pair<int, std::uint64_t>, std::string> places;
  std::vector<std::jthread> threads;
  for (const auto* logs : {one.get(), other.get()}) {
    for (int writer = 0; writer < 2; ++writer)
      threads.emplace_back([&, logs, writer] {
        for (int i = 0; !over; ++i) {
          const std::string text = fmt::format("{} {} {}", fmt::ptr(logs), writer, i);
          const auto [number, log] = logs->current();
          const auto index = log->append(bytes_of(text));
          if (!index) {
            ASSERT_EQ(index.error().code, "ledger_sealed");
            ASSERT_TRUE(logs->follow());
            continue;
          }
          const std::lock_guard guard(mutex);
          EXPECT_TRUE(places.emplace(std::pair(number, *index), text).second);
        }
      });
  }
  for (int number = 2; number <= 5; ++number) {
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_EQ((number % 2 == 0 ? one : other)->begin_successor().value(), number);
  }
  over = true;
  threads.clear();
  ASSERT_TRUE(one->follow());
  check_succession_of(*one);
  for (const auto& [place, text] : places)
    ASSERT_EQ(one->log(place.first).value()->entry(place.second).value(), bytes_of(text));
}

TEST_F(Successions, DirectoriesFollowEachOtherToo) {
  const test::TemporaryDirectory temporary;
  const auto open_with = [&](const Keys& of) {
    return Logs::open(temporary.path() / "log", origin,
                      [&of](int number) -> Result<trust::SigningKey> {
                        const auto found = of.find(number);
                        if (found != of.end()) return found->second;
                        return fail(Kind::not_found, "no_ledger_key");
                      });
  };
  {
    const auto logs = open_with(keys).value();
    grow(logs->newest(), 700);
    EXPECT_EQ(logs->begin_successor().value(), 2);
    EXPECT_EQ(logs->newest().append(bytes_of("more")).value(), 1u);
    check_succession_of(*logs);
  }
  EXPECT_EQ(open_with(one_key).error().code, "no_ledger_key");
  const Keys second{{2, keys.at(2)}};
  const auto logs = open_with(second).value();
  EXPECT_EQ(logs->current().first, 2);
  Log& ended = *logs->log(1).value();
  EXPECT_EQ(ended.append(bytes_of("late")).error().code, "ledger_sealed");
  EXPECT_EQ(ended.size(), 701u);
  EXPECT_EQ(ended.entry(699).value(), bytes_of("e 699"));
  EXPECT_EQ(ended.proof(3)->hashes.size(), 10u);
  check_succession_of(*logs);
  EXPECT_EQ(Log::read(temporary.path() / "nothing").error().code, "no_such_log");
}

TEST_F(Successions, ServesALogThatAnotherProcessHasBegun) {
  const auto here = open(keys);
  const auto server = test_house::serve(log_routes(*here, "/ledger", test_house::anyone));
  const auto get = [&](std::string_view path) {
    const auto url = fmt::format("http://127.0.0.1:{}/ledger{}", server->port(), path);
    return net::Client(net::ClientConfig{}).send({.url = url}).value();
  };
  EXPECT_EQ(get("/2/checkpoint").status, 404);
  ASSERT_TRUE(open(keys)->begin_successor());
  EXPECT_EQ(get("/3/checkpoint").status, 404);
  EXPECT_EQ(get("/2/checkpoint").status, 200);
  EXPECT_EQ(get("/2/tile/0/000.p/1").status, 200);
  EXPECT_EQ(get("/keys").body, here->vkeys());
  EXPECT_EQ(get("/2/vkey").body, here->newest().vkey() + "\n");
  EXPECT_EQ(get("/1/checkpoint").status, 404) << "the first is at /checkpoint";
}

TEST_F(Successions, APolicyNamesWhatContinuesItsLog) {
  const auto logs = open(keys);
  const auto first = logs->newest().key();
  ASSERT_TRUE(logs->begin_successor());
  const auto policy = [](const NoteVerifier& key) {
    return parse_policy(fmt::format("log {}\nquorum none\n", key.vkey())).value();
  };
  EXPECT_EQ(with_successors(policy(first), *logs).logs.size(), 2u);
  EXPECT_EQ(with_successors(policy(logs->newest().key()), *logs).logs.size(), 1u);
  const auto stranger = NoteVerifier::make(
      "other", trust::SigningKey::generate(trust::KeyType::ed25519).verify_key());
  EXPECT_EQ(with_successors(policy(*stranger), *logs).logs.size(), 1u);
}

TEST_F(Successions, ALogOfADirectoryIsTakenAlong) {
  const test::TemporaryDirectory temporary;
  const auto directory = Log::open(temporary.path() / "log", origin, keys.at(1)).value();
  grow(*directory, 70'000);
  ASSERT_TRUE(adopt(db.database(), *directory));
  const auto logs = open(keys);
  EXPECT_EQ(logs->newest().checkpoint(), directory->checkpoint());
  EXPECT_EQ(logs->newest().append(bytes_of("e 69999")).value(), 69'999u);
  EXPECT_EQ(logs->newest().append(bytes_of("more")).value(), 70'000u);
  EXPECT_EQ(verified(logs->newest()).checkpoint.size, 70'001u);
  EXPECT_EQ(adopt(db.database(), *directory).error().code, "log_exists");
}

}  // namespace
}  // namespace minben::ledger
