#include "documents/documents.hpp"
#include "documents/sweep.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "identity/identity.hpp"
#include "samples.hpp"
#include "support/database.hpp"

namespace minben::documents {
namespace {

using store::Query;
using store::Transaction;

class DocumentsTest : public testing::Test {
 protected:
  NewDocument passport() const { return {person, "passport", "passport.pdf", "application/pdf"}; }
  Result<Document> add(const NewDocument& request, std::string_view content) {
    return db->transact(
        [&](Transaction& tx) { return documents.add(tx, request, as_bytes(content)); });
  }
  Result<std::string> content(PersonId owner, DocumentId id) {
    return db->transact([&](Transaction& tx) { return documents.content(tx, owner, id); });
  }
  Result<void> attach(DocumentId id, CaseId to) {
    return db->transact([&](Transaction& tx) { return documents.attach(tx, person, id, to); });
  }
  Result<void> remove(DocumentId id) {
    return db->transact([&](Transaction& tx) { return documents.remove(tx, person, id); });
  }

  VirtualClock clock{*parse_instant("2026-03-02T01:00:00Z")};
  SeededRandom random{7};
  test::TestDatabase db{clock,
                        {keys::migrations(), identity::migrations(), documents::migrations()}};
  std::unique_ptr<keys::Keys> keys =
      *keys::Keys::open(db.database(), clock, random, std::make_shared<trust::KeyRing>());
  identity::Vault vault{*keys, random};
  Documents documents{vault, clock, random};
  PersonId person = PersonId::make(clock, random);
  CaseId case_id = CaseId::make(clock, random);
};

TEST_F(DocumentsTest, GivesBackWhatWasStored) {
  const auto stored = add(passport(), samples::pdf());
  ASSERT_TRUE(stored) << describe(stored.error());
  EXPECT_EQ(stored->file_name, "passport.pdf");
  EXPECT_EQ(*content(person, stored->id), samples::pdf());
  const auto found =
      db->transact([&](Transaction& tx) { return documents.find(tx, person, stored->id); });
  EXPECT_EQ(found->sha256_hex, stored->sha256_hex);
  EXPECT_EQ(found->size, static_cast<std::int64_t>(samples::pdf().size()));
}

TEST_F(DocumentsTest, KeepsLargeFilesInPieces) {
  const std::string filler =
      "6 0 obj\n<< /Length 1 >>\nstream\n" + std::string(3u << 20, 'x') + "\nendstream\nendobj\n";
  const std::string large = samples::pdf(filler);
  const auto stored = add(passport(), large);
  ASSERT_TRUE(stored) << describe(stored.error());
  EXPECT_EQ(*content(person, stored->id), large);
}

TEST_F(DocumentsTest, IsOnlyFoundByItsOwner) {
  const auto stored = *add(passport(), samples::pdf());
  const auto other = content(PersonId::make(clock, random), stored.id);
  EXPECT_EQ(other.error().code, "document_not_found");
  EXPECT_EQ(other.error().kind, Kind::not_found);
}

TEST_F(DocumentsTest, StoresARepeatedUploadOnce) {
  const auto first = *add(passport(), samples::pdf());
  EXPECT_EQ(add(passport(), samples::pdf())->id, first.id);
  auto other = passport();
  other.purpose = "visa";
  EXPECT_NE(add(other, samples::pdf())->id, first.id);
}

TEST_F(DocumentsTest, RefusesLiesWithoutKeepingAnything) {
  auto lie = passport();
  lie.file_name = "photo.jpg";
  lie.claimed_type = "image/jpeg";
  EXPECT_EQ(add(lie, samples::pdf()).error().code, "file_type_mismatch");
  EXPECT_EQ(add(passport(), samples::pdf().substr(0, 300)).error().code, "file_truncated");
  EXPECT_EQ(db->run(Query{"t_count", "select count(*) from documents.documents"})
                ->front()
                .integer("count"),
            0);
}

TEST_F(DocumentsTest, AttachedFilesStay) {
  const auto stored = *add(passport(), samples::pdf());
  EXPECT_TRUE(attach(stored.id, case_id));
  EXPECT_TRUE(attach(stored.id, case_id));
  EXPECT_EQ(attach(stored.id, CaseId::make(clock, random)).error().code, "document_in_case");
  EXPECT_EQ(remove(stored.id).error().code, "document_in_case");
  clock.advance(days(100));
  EXPECT_EQ(
      *db->transact([&](Transaction& tx) { return documents.remove_unattached(tx, clock.now()); }),
      0);
  EXPECT_TRUE(content(person, stored.id));
}

TEST_F(DocumentsTest, UnattachedFilesGo) {
  const auto first = *add(passport(), samples::pdf());
  EXPECT_TRUE(remove(first.id));
  EXPECT_EQ(content(person, first.id).error().code, "document_not_found");
  ASSERT_TRUE(add(passport(), samples::pdf()));
  clock.advance(days(31));
  EXPECT_EQ(*db->transact([&](Transaction& tx) {
    return documents.remove_unattached(tx, clock.now() - days(30));
  }),
            1);
  EXPECT_EQ(
      db->run(Query{"t_pieces", "select count(*) from documents.pieces"})->front().integer("count"),
      0);
}

TEST_F(DocumentsTest, SweepsDailyWhatBelongsToNothing) {
  store::Workers workers(db.database(), clock, 1);
  sweep_daily(db.database(), documents, workers, days{180});
  const auto loose = *add(passport(), samples::pdf());
  const auto kept = *add(passport(), samples::pdf("6 0 obj\n<<>>\nendobj\n"));
  ASSERT_TRUE(attach(kept.id, case_id));
  clock.advance(days(179));
  ASSERT_TRUE(workers.run_due());
  EXPECT_TRUE(content(person, loose.id));
  clock.advance(days(2));
  ASSERT_TRUE(workers.run_due());
  EXPECT_EQ(content(person, loose.id).error().code, "document_not_found");
  EXPECT_TRUE(content(person, kept.id));
}

TEST_F(DocumentsTest, BoundsFilesThatBelongToNothing) {
  Documents few(vault, clock, random, {.max_unattached = 1});
  const auto put = [&](std::string_view content) {
    return db->transact(
        [&](Transaction& tx) { return few.add(tx, passport(), as_bytes(content)); });
  };
  ASSERT_TRUE(put(samples::pdf()));
  auto more = samples::pdf("6 0 obj\n<<>>\nendobj\n");
  EXPECT_EQ(put(more).error().code, "too_many_documents");
}

TEST_F(DocumentsTest, ReadsFilesUpToTheBound) {
  const auto path =
      std::filesystem::temp_directory_path() / ("documents_test." + std::to_string(getpid()));
  std::ofstream(path, std::ios::binary) << samples::pdf();
  const auto stored =
      db->transact([&](Transaction& tx) { return documents.add_file(tx, passport(), path); });
  EXPECT_EQ(*content(person, stored->id), samples::pdf());
  Documents narrow(vault, clock, random, {.max_bytes = 64});
  const auto refused =
      db->transact([&](Transaction& tx) { return narrow.add_file(tx, passport(), path); });
  EXPECT_EQ(refused.error().code, "file_too_large");
  std::filesystem::remove(path);
}

TEST_F(DocumentsTest, CleansNames) {
  const auto name = [&](std::string given) {
    auto request = passport();
    request.file_name = std::move(given);
    const auto stored = add(request, samples::pdf("% " + request.file_name.substr(0, 5) + "\n"));
    return stored ? stored->file_name : stored.error().code;
  };
  EXPECT_EQ(name("C:\\fakepath\\護照.pdf"), "護照.pdf");
  EXPECT_EQ(name("../../etc/x.pdf"), "x.pdf");
  EXPECT_EQ(name("a\r\nb\".pdf"), "ab.pdf");
  std::string many;
  for (int i = 0; i < 300; ++i) many += "長";
  EXPECT_EQ(length_in_characters(name(many + ".pdf")), 120);
  EXPECT_TRUE(name(many + ".pdf").ends_with(".pdf"));
}

TEST_F(DocumentsTest, NothingReadableIsInTheDatabase) {
  ASSERT_TRUE(add(passport(), samples::pdf()));
  const auto all = db->run(
      Query{"t_dump",
            "select string_agg(d::text, '') || (select string_agg(encode(content, 'escape'), '')"
            " from documents.pieces) as dump from documents.documents d"});
  EXPECT_THAT(all->front().text("dump"), testing::Not(testing::HasSubstr("passport.pdf")));
  EXPECT_THAT(all->front().text("dump"), testing::Not(testing::HasSubstr("%PDF")));
}

TEST_F(DocumentsTest, NoticesDamage) {
  const auto stored = *add(passport(), samples::pdf());
  ASSERT_TRUE(db->run(Query{
      "t_swap",
      "update documents.pieces set content = set_byte(content, 40, 255 - get_byte(content, 40))"}));
  EXPECT_FALSE(content(person, stored.id));
}

TEST_F(DocumentsTest, ErasureReachesFiles) {
  const auto stored = *add(passport(), samples::pdf());
  ASSERT_TRUE(db->transact([&](Transaction& tx) { return vault.erase(tx, person); }));
  EXPECT_EQ(content(person, stored.id).error().code, "erased");
}

TEST_F(DocumentsTest, GeneratesIntoACase) {
  const auto form = Template::parse(R"(title = { zh-Hant = "函", en = "Letter" }
issuer = { zh-Hant = "移民署", en = "NIA" }
[[block]]
paragraph = { zh-Hant = "{name}", en = "{name}" }
)",
                                    "t.toml");
  Values values;
  values.set("name", "王小明");
  const auto made = db->transact([&](Transaction& tx) {
    return documents.generate(tx, person, case_id, "card", "就業金卡.pdf", *form, values);
  });
  ASSERT_TRUE(made) << describe(made.error());
  EXPECT_EQ(made->origin, Origin::generated);
  EXPECT_TRUE(content(person, made->id)->starts_with("%PDF-"));
  const auto listed =
      db->transact([&](Transaction& tx) { return documents.of_case(tx, person, case_id); });
  EXPECT_EQ(listed->size(), 1);
}

}  // namespace
}  // namespace minben::documents
