// SIGKILL between and inside steps: whatever was committed is whole, and the rest goes on.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "fixture.hpp"

namespace minben::process::test {
namespace {

std::string chain_of_services() {
  return bpmn(in_row({"split"}).append(
                  R"(<bpmn:parallelGateway id="split"/><bpmn:parallelGateway id="join"/>
<bpmn:serviceTask id="a" minben:topic="count"/><bpmn:serviceTask id="b" minben:topic="count"/>
<bpmn:serviceTask id="c" minben:topic="count"/>)") +
              flow("f1", "split", "a") + flow("f2", "split", "b") + flow("f3", "a", "join") +
              flow("f4", "b", "join") + flow("f5", "join", "c") + flow("f6", "c", "end"));
}

std::string without_direct_end() {
  std::string xml = chain_of_services();
  const std::string direct = flow("row1", "split", "end");
  xml.erase(xml.find(direct), direct.size());
  return xml;
}

/// Counts each call in the transaction that completes it.
Result<ServiceOutcome> count_call(store::Transaction& tx, const ServiceCall& call) {
  static constexpr store::Query count{"test_count", "insert into public.counted (key) values ($1)"};
  MINBEN_CHECK(tx.run(count, call.idempotency_key));
  return ServiceDone{};
}

/// What a child process does until it is killed: start cases and work on their services.
[[noreturn]] void work_for_ever(const std::string& url) {
  SystemClock clock;
  SystemRandom random;
  auto database = store::Database::open({.url = url, .connections = 4}, clock);
  if (!database) _exit(3);
  Processes processes(clock, {});
  processes.on_topic("count", count_call);
  store::Workers workers(**database, clock, 2);
  processes.attach(workers);
  workers.start();
  while (true) {
    (void)(*database)->transact([&](store::Transaction& tx) {
      return processes.start(tx, {InstanceId::make(clock, random), "permit", "", "", "", "k", {}},
                             "person:1");
    });
    std::this_thread::sleep_for(milliseconds(5));  // so that services keep up with starts
  }
}

/// Until no job is left. The server process of the last one killed may still hold a job's row for a
/// moment; that job is passed over then, and asked for again as running workers do.
void run_all_jobs(store::Workers& workers, store::Database& database) {
  static constexpr store::Query left{"test_jobs_left", "select count(*) as jobs from store.job"};
  std::int64_t jobs = 1;
  for (int round = 0; jobs > 0 && round < 600; ++round) {
    ASSERT_TRUE(workers.run_due().has_value());
    const auto counted = database.run(left);
    ASSERT_TRUE(counted.has_value());
    jobs = counted->front().integer("jobs");
    if (jobs > 0) std::this_thread::sleep_for(milliseconds(50));
  }
  ASSERT_EQ(jobs, 0);
}

TEST(KillTest, EveryCaseEndsOnceWhateverIsKilledWhen) {
  SystemClock clock;
  minben::test::TestDatabase db(clock, {migrations()});
  Processes processes(clock, {});
  static constexpr store::Query counted{"test_counted",
                                        "create table public.counted (key text not null)"};
  ASSERT_TRUE(db->run(counted).has_value());
  ASSERT_TRUE(db->transact([&](store::Transaction& tx) {
                  return processes.deploy(tx, "permit", load(without_direct_end()));
                }).has_value());

  const std::uint64_t seed = SystemRandom().next();
  SCOPED_TRACE(fmt::format("seed {}", seed));
  SeededRandom random(seed);
  for (int round = 0; round < 12; ++round) {
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) work_for_ever(db.url());
    std::this_thread::sleep_for(milliseconds(60 + static_cast<int>(random.below(200))));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself: " << status;
  }

  // What is left is finished by somebody else, later: jobs that failed when their node died wait a
  // little.
  VirtualClock later(clock.now() + hours(2));
  Processes finishing(later, {});
  finishing.on_topic("count", count_call);
  store::Workers workers(db.database(), later, 1);
  finishing.attach(workers);
  ASSERT_NO_FATAL_FAILURE(run_all_jobs(workers, db.database()));

  static constexpr store::Query ids{"test_ids", "select case_id, status from process.instance"};
  const auto all = db->run(ids);
  ASSERT_TRUE(all.has_value());
  ASSERT_GT(all->size(), 0);
  for (const auto row : *all) {
    EXPECT_EQ(row.text("status"), "completed");
    const auto report = db->transact([&](store::Transaction& tx) {
      return processes.replay(tx, row.id<InstanceId>("case_id"));
    });
    ASSERT_TRUE(report.has_value());
    EXPECT_TRUE(report->equal) << report->difference;
  }
  static constexpr store::Query twice{
      "test_twice", "select count(*) as calls, count(distinct key) as keys from public.counted"};
  const auto counts = db->run(twice);
  EXPECT_EQ(counts->front().integer("calls"), counts->front().integer("keys"));
  EXPECT_EQ(counts->front().integer("calls"), 3 * all->size());
}

}  // namespace
}  // namespace minben::process::test
