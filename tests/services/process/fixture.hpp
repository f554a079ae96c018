#pragma once
#include "models.hpp"
#include "support/database.hpp"

namespace minben::process::test {

inline Instant monday_morning() { return *parse_instant("2026-11-23T01:00:00Z"); }

/// A durable engine on a database of its own, with a clock that stands still.
class ProcessTest : public testing::Test {
 protected:
  ProcessTest() { processes.attach(workers); }

  template <class Work>
  auto in_transaction(Work&& work) {
    return db->transact(std::forward<Work>(work));
  }

  void deploy(const std::string& xml, std::string_view key = "permit") {
    const auto done = in_transaction(
        [&](store::Transaction& tx) { return processes.deploy(tx, key, load(xml)); });
    ASSERT_TRUE(done.has_value()) << describe(done.error());
  }

  InstanceId start(JsonObject variables = {}, std::string_view key = "permit",
                   std::string_view business_key = "114000000001") {
    const auto id = InstanceId::make(clock, random);
    const auto done = in_transaction([&](store::Transaction& tx) {
      return processes.start(
          tx, {id, std::string(key), "", "", "", std::string(business_key), variables}, "person:1");
    });
    EXPECT_TRUE(done.has_value()) << describe(done.error());
    return id;
  }

  Result<Step> complete(const InstanceId& id, std::string_view element,
                        const JsonObject& variables = {}) {
    return in_transaction([&](store::Transaction& tx) -> Result<Step> {
      MINBEN_TRY(open, processes.tasks(tx, id));
      for (const auto& task : open) {
        if (task.element == element)
          return processes.complete_task(tx, task.id, variables, "officer:1");
      }
      return fail(Kind::not_found, "no_such_task", element);
    });
  }

  Result<Step> command(const InstanceId& id, const Command& what) {
    return in_transaction(
        [&](store::Transaction& tx) { return processes.command(tx, id, what, "officer:1"); });
  }

  std::vector<std::string> open_tasks(const InstanceId& id) {
    std::vector<std::string> names;
    const auto open =
        in_transaction([&](store::Transaction& tx) { return processes.tasks(tx, id); });
    EXPECT_TRUE(open.has_value());
    for (const auto& task : *open) names.push_back(task.element);
    std::sort(names.begin(), names.end());
    return names;
  }

  Instance instance(const InstanceId& id) {
    auto found = in_transaction([&](store::Transaction& tx) { return processes.instance(tx, id); });
    EXPECT_TRUE(found.has_value()) << describe(found.error());
    return std::move(*found);
  }

  Status status(const InstanceId& id) { return instance(id).state.status; }

  void expect_replays(const InstanceId& id) {
    const auto report =
        in_transaction([&](store::Transaction& tx) { return processes.replay(tx, id); });
    ASSERT_TRUE(report.has_value()) << describe(report.error());
    EXPECT_TRUE(report->equal) << report->difference;
  }

  int run_jobs() {
    const auto ran = workers.run_due();
    EXPECT_TRUE(ran.has_value());
    return ran.value_or(-1);
  }

  VirtualClock clock{monday_morning()};
  SeededRandom random{7};
  minben::test::TestDatabase db{clock, {migrations()}};
  Ports ports{};
  Processes processes{clock, ports};
  store::Workers workers{db.database(), clock, 1};
};

}  // namespace minben::process::test
