// Notices of checkpoints: what is printed today proves tomorrow that nothing before was changed.
#include <gmock/gmock.h>

#include <fstream>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "ledger/notice.hpp"
#include "support/shared.hpp"

namespace minben::ledger {
namespace {

struct Notices : testing::Test {
  static constexpr std::string_view origin = "minben.example/log";
  test::TemporaryDirectory temporary;
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::ed25519);
  NoteVerifier vkey = NoteVerifier::make(origin, key.verify_key()).value();
  const Instant evening = parse_instant("2026-11-29T18:00:00Z").value();  // the 30th in Taiwan

  std::unique_ptr<Log> open(const std::string& name) {
    return Log::open(temporary.path() / name, origin, key).value();
  }
  static void append(Log& log, std::string_view what, int count) {
    std::vector<Bytes> entries;
    for (int i = 0; i < count; ++i) {
      const std::string text = fmt::format("{} {}", what, i);
      entries.emplace_back(text.begin(), text.end());
    }
    ASSERT_TRUE(log.append_all(entries));
  }
  std::string outcome(const Log& log, std::string_view notice) {
    const auto note = note_of_notice(notice);
    if (!note) return note.error().code;
    const auto earlier = open_checkpoint(*note, vkey);
    if (!earlier) return earlier.error().code;
    (void)log.checkpoint();  // waits until what was appended is in the files
    const auto newest = check_continues(*directory_source(log.directory()), vkey, *earlier);
    return newest ? fmt::format("{} of {}", earlier->size, newest->size) : newest.error().code;
  }
};

TEST_F(Notices, HoldForTheLogThatGoesOn) {
  const auto log = open("log");
  const auto empty = write_notice(log->checkpoint(), evening).value();
  append(*log, "entry", 300);
  const auto notice = write_notice(log->checkpoint(), evening).value();
  EXPECT_THAT(notice, testing::HasSubstr("30 November 2026"));
  EXPECT_THAT(notice, testing::HasSubstr("民國115年11月30日"));
  EXPECT_THAT(notice, testing::HasSubstr("300 entries"));
  EXPECT_EQ(outcome(*log, notice), "300 of 300");
  append(*log, "more", 401);
  EXPECT_EQ(outcome(*log, notice), "300 of 701");
  EXPECT_EQ(outcome(*log, empty), "0 of 701");
}

TEST_F(Notices, AreReadAsTheyWerePrinted) {
  const auto log = open("log");
  append(*log, "entry", 5);
  std::string printed;
  const std::string notice = write_notice(log->checkpoint(), evening).value();
  for (const std::string_view line : split(notice, '\n'))
    printed += fmt::format("   {} \r\n", line);
  EXPECT_EQ(note_of_notice(printed).value(), log->checkpoint());
  EXPECT_EQ(note_of_notice("nothing").error().code, "not_a_notice");
  EXPECT_EQ(note_of_notice(notice.substr(0, notice.size() - 20)).error().code, "not_a_notice");
  std::string forged = notice;
  forged.replace(forged.rfind("\n5\n"), 3, "\n4\n");
  EXPECT_EQ(outcome(*log, forged), "bad_signature");
}

TEST_F(Notices, TellAnotherHistory) {
  const auto log = open("log");
  append(*log, "entry", 300);
  const auto notice = write_notice(log->checkpoint(), evening).value();
  const auto other = open("other");
  append(*other, "other", 200);
  EXPECT_EQ(outcome(*other, notice), "bad_size");
  append(*other, "longer", 200);
  EXPECT_EQ(outcome(*other, notice), "root_mismatch");
}

}  // namespace
}  // namespace minben::ledger
