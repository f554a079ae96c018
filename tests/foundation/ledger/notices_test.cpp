// A notice a day, by a durable job on a virtual clock, on several nodes, with and without its
// quorum.
#include "ledger/notices.hpp"

#include <gmock/gmock.h>

#include "house.hpp"
#include "ledger/commitments.hpp"
#include "ledger/notice.hpp"
#include "ledger/witnessing.hpp"
#include "support/database.hpp"
#include "trees.hpp"

namespace minben::ledger {
namespace {

using test_house::grow;

struct Daily : testing::Test {
  VirtualClock clock{parse_instant("2026-11-29T15:00:00Z").value()};  // 23:00 in Taiwan
  minben::test::TemporaryDirectory temporary;
  minben::test::TestDatabase db{clock, {migrations()}};
  std::unique_ptr<Log> log = Log::open(temporary.path() / "log", "minben.example/log",
                                       trust::SigningKey::generate(trust::KeyType::ed25519))
                                 .value();
  Policy policy =
      parse_policy(fmt::format("log {}\nwitness w1 {}\nwitness w2 {}\ngroup both all w1 "
                               "w2\nquorum both\n",
                               log->vkey(), vkey("w1"), vkey("w2")))
          .value();
  Logs logs{*log};
  Notices notices{logs, policy, db.database(), clock};
  store::Workers here{db.database(), clock}, there{db.database(), clock};

  Daily() {
    grow(*log, 300);
    notices.write_daily(here);
    notices.write_daily(there);
  }
  static std::string vkey(const std::string& name) {
    return test::cosigner(name).verifier().vkey();
  }
  void cosign(std::string_view text, const std::vector<std::string>& names) {
    Note note = parse_note(text).value();
    for (const std::string& name : names)
      put_signature(note, test::cosigner(name).sign(note.text, clock.now()));
    const bool complete = judge(policy, write_note(note))->quorum;
    ASSERT_TRUE(
        log->show(write_note(note), complete ? Log::Signatures::complete : Log::Signatures::some));
  }
  void cosign(const std::vector<std::string>& names) { cosign(log->checkpoint(), names); }
  /// The days that there are notices of, after both nodes have done what is due.
  std::string after(minutes passed) {
    clock.advance(passed);
    EXPECT_LE(here.run_due().value() + there.run_due().value(), 1);
    std::string text;
    for (const Date day : notices.days(10).value()) text += to_string(day) + " ";
    return text;
  }
  std::uint64_t size_of(std::string_view day) {
    const auto notice = notices.notice(parse_date(day).value());
    EXPECT_TRUE(notice);
    return parse_checkpoint(parse_note(note_of_notice(*notice).value())->text)->size;
  }
};

TEST_F(Daily, AreWrittenOnceADay) {
  cosign({"w1", "w2"});
  EXPECT_EQ(after(minutes{0}), "2026-11-29 ");
  EXPECT_EQ(size_of("2026-11-29"), 300u);
  grow(*log, 400);
  cosign({"w1", "w2"});
  EXPECT_EQ(after(minutes{59}), "2026-11-29 ");
  EXPECT_EQ(after(minutes{1}), "2026-11-30 2026-11-29 ");
  EXPECT_EQ(size_of("2026-11-30"), 400u);
  EXPECT_EQ(size_of("2026-11-29"), 300u);
  store::Workers again(db.database(), clock);  // a node that comes up writes no second one
  notices.write_daily(again);
  EXPECT_EQ(again.run_due().value(), 1);
  EXPECT_EQ(after(hours{24 * 3}), "2026-12-03 2026-11-30 2026-11-29 ");
}

TEST_F(Daily, WaitForTheQuorum) {
  cosign({"w1"});
  EXPECT_EQ(after(minutes{0}), "");
  EXPECT_EQ(to_string(notices.short_since()->value()), "2026-11-29T15:00:00Z");
  EXPECT_EQ(after(minutes{2}), "");
  EXPECT_EQ(after(minutes{60}), "");
  EXPECT_EQ(to_string(notices.short_since()->value()), "2026-11-29T15:00:00Z");
  cosign({"w2"});
  EXPECT_EQ(after(minutes{2}), "2026-11-30 ");  // the 29th is over, and has none
  EXPECT_FALSE(notices.short_since().value());
}

TEST_F(Daily, TakeWhatWasCosignedAMomentAgo) {
  cosign({"w1", "w2"});
  grow(*log, 305);
  EXPECT_EQ(after(minutes{0}), "2026-11-29 ");
  EXPECT_EQ(size_of("2026-11-29"), 300u);
  EXPECT_EQ(after(minutes{60}),
            "2026-11-29 ");  // an hour later the witnesses should have seen more
  EXPECT_TRUE(notices.short_since().value());
}

TEST_F(Daily, AreThereForWhoeverFetchesThem) {
  const auto server = test_house::serve(notice_routes(notices, "/ledger", test_house::anyone));
  net::Client client{net::ClientConfig{}};
  const auto get = [&](std::string_view path) {
    return client
        .send({.url = fmt::format("http://127.0.0.1:{}/ledger/notices{}", server->port(), path)})
        .value();
  };
  EXPECT_EQ(get("/newest").status, 404);
  EXPECT_EQ(after(minutes{0}), "");
  EXPECT_EQ(get("").body, R"({"notices":[],"short_since":"2026-11-29T15:00:00Z"})");
  cosign({"w1", "w2"});
  EXPECT_EQ(after(minutes{2}), "2026-11-29 ");
  EXPECT_EQ(
      get("").body,
      R"({"notices":[{"day":"2026-11-29","path":"/ledger/notices/2026-11-29"}],"short_since":null})");
  const auto notice = get("/2026-11-29");
  EXPECT_EQ(notice.body, get("/newest").body);
  EXPECT_THAT(notice.headers.get("Content-Type"), testing::HasSubstr("text/plain"));
  const auto key = NoteVerifier::parse(log->vkey()).value();
  const auto earlier = open_checkpoint(note_of_notice(notice.body).value(), key).value();
  grow(*log, 500);
  (void)log->checkpoint();  // waits until what was appended is in the files
  EXPECT_TRUE(check_continues(*log_source(*log), key, earlier));
  for (const std::string_view path : {"/2026-11-28", "/x", "/..%2fshort-since", "/2026-11-29.txt"})
    EXPECT_GE(get(path).status, 400) << path;
}

TEST_F(Daily, ReceiptsSayHowFarTheQuorumHasSeen) {
  Witnessing witnessing(*log, policy, net::ClientConfig{});
  EXPECT_EQ(witnessing.complete_until().index, 0u);
  cosign({"w1"});
  EXPECT_EQ(witnessing.complete_until().index, 0u);
  cosign({"w2"});
  EXPECT_EQ(witnessing.complete_until().index, 300u);
  grow(*log, 400);
  EXPECT_EQ(witnessing.complete_until().index, 300u);
}

}  // namespace
}  // namespace minben::ledger
