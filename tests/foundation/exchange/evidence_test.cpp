#include <cstdlib>
#include <functional>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <zip.h>

#include "asic.hpp"
#include "exchange_of_two.hpp"
#include "trust/revocation.hpp"
#include "zip.hpp"

namespace minben::exchange::test {
namespace {

const SystemClock system_time;

ExchangeOfTwo& exchange() {
  static ExchangeOfTwo of_two(system_time);
  return of_two;
}

std::string code_of(const Result<std::string>& made) {
  return made ? "made" : made.error().code + " " + made.error().field;
}
std::string made_from(const EvidenceParts& parts) {
  const ExchangeOfTwo& two = exchange();
  return code_of(make_evidence(parts, two.provider.sealer, two.provider.certificate(), two.at));
}
/// Changes the gateway's record.
void edit(EvidenceParts& parts, const std::function<void(EvidenceRecord&)>& change) {
  EvidenceRecord record = read_evidence_record(parts.record).value();
  change(record);
  parts.record = write_evidence_record(record);
}
std::string faults_of(std::string_view container, const EvidenceTrust& trust) {
  const auto report = verify_evidence(container, trust);
  if (!report) return report.error().code + " " + report.error().field;
  std::string all;
  for (const Error& fault : report->faults)
    all += (all.empty() ? "" : ", ") + fault.code + " " + fault.field;
  return all;
}

TEST(Evidence, ProvesWhatBothSaidAndWhoTheyAre) {
  ExchangeOfTwo& two = exchange();
  const EvidenceParts parts = two.parts_with_ledger();
  const auto report = verify_evidence(two.container(parts), two.trust());
  ASSERT_TRUE(report) << describe(report.error());
  EXPECT_TRUE(report->proven()) << describe(report->faults.front());
  ASSERT_TRUE(report->record);
  EXPECT_EQ(write_evidence_record(*report->record), parts.record);
  ASSERT_TRUE(report->request && report->response && report->ledger && report->maker);
  EXPECT_EQ(report->request->sender.member, "nia");
  EXPECT_EQ(report->response->sender.member, "ris");
  EXPECT_EQ(report->maker->member, "ris");
  EXPECT_EQ(report->request->head, parts.request.head);
  EXPECT_EQ(report->request->body, BodyProof::kept);
  EXPECT_EQ(report->response->sealed_at, std::chrono::floor<seconds>(two.at));
  EXPECT_EQ(report->made_at, std::chrono::floor<seconds>(two.at + seconds(5)));
  EXPECT_EQ(report->ledger->index, parts.ledger->proof.index);
  EXPECT_EQ(report->ledger->checkpoint.origin, two.log->origin());
}

TEST(Evidence, IsTheSameWheneverItIsMadeButForTheSignature) {
  ExchangeOfTwo& two = exchange();
  const EvidenceParts parts = two.parts();
  auto once = *read_zip(two.container(parts), 32), again = *read_zip(two.container(parts), 32);
  EXPECT_EQ(once.back().name, "META-INF/signature-container.p7s");
  once.pop_back(), again.pop_back();
  EXPECT_TRUE(std::ranges::equal(once, again, [](const ZipEntry& a, const ZipEntry& b) {
    return a.name == b.name && a.content == b.content;
  }));
}

TEST(Evidence, HoldsWithoutTheBodies) {
  ExchangeOfTwo& two = exchange();
  EvidenceParts parts = two.parts();
  for (EvidenceMessage* message : {&parts.request, &*parts.response}) {
    message->body_digest = sha512(*message->body);
    message->body.reset();
  }
  const std::string container = two.container(parts);
  EXPECT_EQ(container.find("AC01234567"), std::string::npos);
  const auto report = verify_evidence(container, two.trust());
  ASSERT_TRUE(report && report->proven());
  EXPECT_EQ(report->request->body, BodyProof::digest);
  EXPECT_EQ(report->response->body, BodyProof::digest);
}

TEST(Evidence, HoldsForARequestWithoutBodyOrAnswer) {
  ExchangeOfTwo& two = exchange();
  EvidenceParts parts = two.parts();
  parts.request = two.message(two.consumer, {},
                              "GET\r\n/r1/MINBEN/GOV/ris/register/residence\r\n"
                              "x-road-client:MINBEN/GOV/nia/cards\r\nx-road-request-id:" +
                                  read_evidence_record(parts.record)->request_id + "\r\n",
                              "", 0, 2);
  parts.response.reset();
  edit(parts, [&](EvidenceRecord& record) {
    record.method = "GET";
    record.status = 502;  // by which the gateway itself answered
    record.response_hash = "";
    record.request_hash = base64_encode(read_statement(parts.request.statement)->digest);
  });
  const auto report = verify_evidence(two.container(parts), two.trust());
  ASSERT_TRUE(report && report->proven());
  EXPECT_EQ(report->request->body, BodyProof::none);
  EXPECT_FALSE(report->has_response || report->response);
}

TEST(Evidence, HasOneBatchWhenAnAgencyAsksItself) {
  ExchangeOfTwo& two = exchange();
  EvidenceParts parts = two.parts();
  const std::string_view asking = "MINBEN/GOV/nia/cards", own = "MINBEN/GOV/ris/desk";
  std::string head = parts.request.head;
  head.replace(head.find(asking), asking.size(), own);
  parts.request = two.message(two.provider, {}, head, *parts.request.body, 0, 2);
  Statement answer;
  answer.side = Side::response;
  answer.request_hash = base64_encode(read_statement(parts.request.statement)->digest);
  parts.response =
      two.message(two.provider, answer, parts.response->head, *parts.response->body, 1, 2);
  edit(parts, [&](EvidenceRecord& record) {
    record.consumer = *SubsystemId::parse(own);
    record.request_hash = answer.request_hash;
    record.response_hash = base64_encode(read_statement(parts.response->statement)->digest);
  });
  const std::array<Hash, 2> leaves{statement_leaf(parts.request.statement),
                                   statement_leaf(parts.response->statement)};
  const auto seals = two.provider.sealer.seal(leaves, two.at).value();
  parts.request.seal = seals[0];
  parts.response->seal = seals[1];
  const std::string container = two.container(parts);
  EXPECT_EQ(read_zip(container, 32)->size(), 18u);
  EXPECT_EQ(faults_of(container, two.trust()), "");
}

// ----------------------------------------------------------------------- what is not believed

TEST(Evidence, IsNotMadeOfWhatDoesNotHoldTogether) {
  const EvidenceParts good = exchange().parts_with_ledger();
  ASSERT_EQ(made_from(good), "made");
  const auto with = [&](auto&& change) {
    EvidenceParts parts = good;
    change(parts);
    return made_from(parts);
  };
  EXPECT_EQ(with([](auto& p) { p.request.head[0] = 'G'; }), "hash_mismatch request.head");
  EXPECT_EQ(with([](auto& p) { *p.response->body += " "; }), "hash_mismatch response.head");
  EXPECT_EQ(with([](auto& p) { p.response->body.reset(); }), "hash_mismatch response.head");
  EXPECT_EQ(with([](auto& p) { p.request.statement += " "; }), "not_a_statement request.statement");
  EXPECT_TRUE(with([](auto& p) {
                p.request.seal.index = 5;
              }).starts_with("bad_signature META-INF/signature-"));
  EXPECT_EQ(with([](auto& p) { p.request.seal.path.pop_back(); }), "not_a_path ");
  EXPECT_EQ(with([](auto& p) { p.response.reset(); }), "record_mismatch record.json");
  EXPECT_EQ(with([](auto& p) { p.record = "{}"; }), "not_a_record record.json");
  EXPECT_EQ(with([](auto& p) { p.record += " "; }), "entry_mismatch ledger.entry");
  EXPECT_EQ(with([](auto& p) { p.ledger->entry = "usage"; }), "not_an_exchange_entry ledger.entry");
  EXPECT_EQ(with([](auto& p) {
              auto entry = read_ledger_entry(p.ledger->entry).value();
              entry.response_hash = "";
              p.ledger->entry = write_ledger_entry(entry);
            }),
            "entry_mismatch ledger.entry");
  EXPECT_EQ(with([](auto& p) { p.request.signer = p.response->signer; }), "other_certificate ");
}

TEST(Evidence, TheRecordTellsOfTheseMessages) {
  const auto with = [&](const std::function<void(EvidenceRecord&)>& change) {
    EvidenceParts parts = exchange().parts();
    edit(parts, change);
    return made_from(parts);
  };
  EXPECT_EQ(with([](auto&) {}), "made");
  EXPECT_EQ(with([](auto& r) { r.rule = "another"; }), "made");  // the gateway's own word
  const std::string mismatch = "record_mismatch record.json";
  EXPECT_EQ(with([](auto& r) { r.request_id = "other"; }), mismatch);
  EXPECT_EQ(with([](auto& r) { r.request_hash = base64_encode(Sha512{}); }), mismatch);
  EXPECT_EQ(with([](auto& r) { r.response_hash = base64_encode(Sha512{}); }), mismatch);
  EXPECT_EQ(with([](auto& r) { r.status = 404; }), mismatch);
  EXPECT_EQ(with([](auto& r) { r.method = "GET"; }), mismatch);
  EXPECT_EQ(with([](auto& r) { r.service.service = "card"; }), mismatch);
  EXPECT_EQ(with([](auto& r) { r.consumer.subsystem = "x"; }), mismatch);
  EXPECT_EQ(with([](auto& r) { r.served = false; }), "other_member certificates.pem");
}

TEST(Evidence, AResponseBelongsToItsRequest) {
  ExchangeOfTwo& two = exchange();
  EvidenceParts parts = two.parts();
  Statement other;
  other.side = Side::response;
  other.request_hash = base64_encode(Sha512{});
  parts.response =
      two.message(two.provider, other, parts.response->head, *parts.response->body, 0, 1);
  edit(parts, [&](EvidenceRecord& record) {
    record.response_hash = base64_encode(read_statement(parts.response->statement)->digest);
  });
  EXPECT_EQ(made_from(parts), "statement_mismatch response.statement");
}

TEST(Evidence, BelievesOnlyTheRootsAndKeysItIsGiven) {
  ExchangeOfTwo& two = exchange();
  const std::string container = two.container(two.parts_with_ledger());
  const auto stranger = trust::Authority::create("Other root", 30, system_time).value();
  EvidenceTrust trust = two.trust();
  trust.roots = {stranger.certificate().pem};
  EXPECT_EQ(faults_of(container, trust),
            "untrusted_certificate request.certificates.pem, "
            "untrusted_certificate response.certificates.pem, "
            "untrusted_certificate certificates.pem");
  trust.roots = {};
  EXPECT_TRUE(faults_of(container, trust).starts_with("untrusted_certificate"));
  trust.roots = {stranger.certificate().pem, two.root.certificate().pem};
  EXPECT_EQ(faults_of(container, trust), "");
  trust.roots = {"nonsense"};
  EXPECT_EQ(faults_of(container, trust), "untrusted_root ");

  trust = two.trust();
  const auto key = trust::SigningKey::generate(trust::KeyType::ed25519);
  trust.ledger_keys = {ledger::NoteVerifier::make(two.log->origin(), key.verify_key())->vkey()};
  EXPECT_EQ(faults_of(container, trust), "unsigned_note ledger.proof");
  trust.ledger_keys = {};
  const auto unchecked = verify_evidence(container, trust);
  ASSERT_TRUE(unchecked);
  EXPECT_TRUE(unchecked->proven() && unchecked->has_ledger && !unchecked->ledger);
}

// -------------------------------------------------------------------------------- certificates

TEST(Evidence, IsNotSealedWithACertificateOfTls) {
  ExchangeOfTwo& two = exchange();
  const auto key = trust::SigningKey::generate(trust::KeyType::p256);
  SealingGateway tls = two.consumer;
  tls.sealer =
      Sealer::make(
          key,
          two.root.issue(key.verify_key(), {.common_name = "nia", .member = "nia"}, system_time)
              .value())
          .value();
  EvidenceParts parts = two.parts();
  parts.request = two.message(tls, {}, parts.request.head, *parts.request.body, 4, 7);
  EXPECT_EQ(made_from(parts), "certificate_other_usage request.certificates.pem");
  EXPECT_EQ(code_of(make_evidence(two.parts(), tls.sealer, tls.certificate(), two.at)),
            "certificate_other_usage certificates.pem");
}

/// The asking side's certificate is revoked at that time.
std::string revoked(Instant at, trust::RevocationReason reason,
                    Instant until = exchange().at + days(20)) {
  const ExchangeOfTwo& two = exchange();
  const std::vector<trust::Revoked> list{
      {trust::read_certificate(two.consumer.sealer.certificate().der)->serial, at, reason}};
  return trust::make_revocation_list(two.root, list, 1, until - days(10), until).value();
}

TEST(Evidence, OfARevokedCertificateCountsFromBeforeThat) {
  using enum trust::RevocationReason;
  ExchangeOfTwo& two = exchange();
  const std::string refused = "certificate_revoked request.certificates.pem";
  const auto given = [&](const std::string& list) {
    EvidenceTrust trust = two.trust();
    trust.revocation_lists = {list};
    return faults_of(two.container(two.parts()), trust);
  };
  const auto inside = [&](const std::string& list) {
    EvidenceParts parts = two.parts();
    parts.revocation_lists = {list};
    return faults_of(two.container(parts), two.trust());
  };
  for (const auto reason : {superseded, key_compromise}) {
    const std::string before = revoked(two.at - hours(1), reason);
    EXPECT_EQ(given(before), refused);
    EXPECT_EQ(inside(before), refused);
  }
  EXPECT_EQ(given(revoked(two.at + hours(1), superseded)), "");
  EXPECT_EQ(inside(revoked(two.at + hours(1), superseded)), "");
  // With a stolen key anybody writes an earlier time; nothing here shows that it was earlier.
  EXPECT_EQ(given(revoked(two.at + hours(1), key_compromise)), refused);
  EXPECT_TRUE(given(revoked(two.at + hours(1), superseded, two.at - hours(2)))
                  .starts_with("revocation_list_expired"));
}

TEST(Evidence, SaysWhetherRevocationIsKnown) {
  ExchangeOfTwo& two = exchange();
  EvidenceParts parts = two.parts();
  EXPECT_FALSE(verify_evidence(two.container(parts), two.trust())->revocation_known);
  const auto stranger = trust::Authority::create("Other root", 30, system_time).value();
  const std::string of_stranger =
      trust::make_revocation_list(stranger, {}, 1, two.at, two.at + days(30)).value();
  parts.revocation_lists = {of_stranger};
  const auto report = verify_evidence(two.container(parts), two.trust());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->proven());
  EXPECT_FALSE(report->revocation_known);
  parts.revocation_lists.push_back(revoked(two.at + hours(1), trust::RevocationReason::superseded));
  EXPECT_TRUE(verify_evidence(two.container(parts), two.trust())->revocation_known);
  EvidenceTrust trust = two.trust();
  trust.revocation_lists = {of_stranger};
  EXPECT_EQ(faults_of(two.container(two.parts()), trust),
            "revocation_list_forged CN=Other root,C=TW");
  parts.revocation_lists = {"no list"};
  EXPECT_EQ(made_from(parts), "revocation_unreadable revocation.pem");
}

TEST(Evidence, AsksForWitnessesWhenAPolicyDoes) {
  ExchangeOfTwo& two = exchange();
  EvidenceTrust trust = two.trust();
  const auto key = trust::SigningKey::generate(trust::KeyType::ed25519);
  const auto witness =
      ledger::CosignatureVerifier::make("witness.example", key.verify_key()).value();
  trust.policy = ledger::parse_policy(fmt::format("log {}\nwitness w {}\nquorum w\n",
                                                  two.log->vkey(), witness.vkey()))
                     .value();
  EXPECT_EQ(faults_of(two.container(two.parts_with_ledger()), trust), "no_quorum ledger.proof");
}

/// The container with one part changed, everything else as it was.
std::string with_part(std::string_view container, std::string_view name, std::string content) {
  auto entries = read_zip(container, 32).value();
  std::ranges::find(entries, name, &ZipEntry::name)->content = std::move(content);
  return write_zip(entries).value();
}

TEST(Evidence, NoPartCanBeChangedOrLeftOut) {
  ExchangeOfTwo& two = exchange();
  const std::string container = two.container(two.parts_with_ledger());
  const auto entries = read_zip(container, 32).value();
  ASSERT_EQ(entries.size(), 23u);
  for (const ZipEntry& entry : entries) {
    std::string changed = entry.content;
    changed[changed.size() / 2] ^= 1;
    EXPECT_NE(faults_of(with_part(container, entry.name, changed), two.trust()), "") << entry.name;
    EXPECT_NE(faults_of(with_part(container, entry.name, ""), two.trust()), "") << entry.name;
    auto fewer = entries;
    std::erase_if(fewer, [&](const ZipEntry& e) { return e.name == entry.name; });
    EXPECT_NE(faults_of(write_zip(fewer).value(), two.trust()), "") << entry.name;
  }
}

TEST(Evidence, HasNoOtherPartsAndNoOtherOrder) {
  ExchangeOfTwo& two = exchange();
  const auto entries = read_zip(two.container(two.parts()), 32).value();
  auto more = entries;
  more.push_back({"readme.txt", "hello"});
  EXPECT_EQ(faults_of(write_zip(more).value(), two.trust()), "unknown_part readme.txt");
  auto swapped = entries;
  std::swap(swapped[2], swapped[3]);
  EXPECT_EQ(faults_of(write_zip(swapped).value(), two.trust()), "misplaced_part request.statement");
  auto late = entries;
  std::swap(late[0], late[1]);
  EXPECT_EQ(faults_of(write_zip(late).value(), two.trust()), "not_a_container mimetype");
  auto half = entries;
  std::erase_if(half, [](const ZipEntry& e) { return e.name == "request.path"; });
  EXPECT_EQ(faults_of(write_zip(half).value(), two.trust()), "missing_part request.path");
}

TEST(Evidence, NoByteOfTheFileCanBeChangedUnseen) {
  ExchangeOfTwo& two = exchange();
  const std::string container = two.container(two.parts_with_ledger());
  const auto entries = read_zip(container, 32).value();
  for (std::size_t i = 0; i < container.size(); i += 7) {
    std::string changed = container;
    changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
    if (faults_of(changed, two.trust()) != "") continue;
    // Only what a ZIP file says of its files' times and attributes.
    const auto read = read_zip(changed, 32);
    ASSERT_TRUE(read);
    ASSERT_TRUE(std::ranges::equal(*read, entries, [](const ZipEntry& a, const ZipEntry& b) {
      return a.name == b.name && a.content == b.content;
    })) << i;
  }
}

/// As other tools write them: the first file stored, the others deflated.
std::string packed(const std::vector<ZipEntry>& entries) {
  const minben::test::TemporaryDirectory folder;
  const std::string path = (folder.path() / "packed.zip").string();
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string& content = entries[i].content;
    zip_file_add(archive, entries[i].name.c_str(),
                 zip_source_buffer(archive, content.data(), content.size(), 0), 0);
    zip_set_file_compression(archive, i, i == 0 ? ZIP_CM_STORE : ZIP_CM_DEFLATE, 0);
  }
  EXPECT_EQ(zip_close(archive), 0);
  return minben::test::read_file(path);
}

TEST(Evidence, RefusesPackedFilesAndHugeOnes) {
  const ExchangeOfTwo& two = exchange();
  EXPECT_EQ(faults_of("", two.trust()), "not_a_container mimetype");
  EXPECT_EQ(faults_of(std::string(max_evidence + 1, 'P'), two.trust()), "too_large ");
  const std::string bomb = packed(
      {{"mimetype", std::string(asic_type)}, {"request.head", std::string(40u << 20, '\0')}});
  ASSERT_LT(bomb.size(), 100'000u);
  EXPECT_EQ(faults_of(bomb, two.trust()), "packed_part request.head");
}

// ------------------------------------------------------------------------- what others find

class EvidenceForOthers : public ::testing::Test {
 protected:
  void write(std::string_view name, std::string_view content) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
  }
  /// What tests/foundation/exchange/check_asic.sh says: "" when all holds.
  [[nodiscard]] std::string check(std::string_view container) const {
    write("evidence.asice", container);
    const std::string command =
        fmt::format("'{}/tests/foundation/exchange/check_asic.sh' '{}' '{}' > /dev/null 2> '{}'",
                    MINBEN_SOURCE_DIR, path("evidence.asice"), path("roots.pem"), path("said"));
    return std::system(command.c_str()) == 0 ? "" : minben::test::read_file(path("said"));
  }

 private:
  [[nodiscard]] std::string path(std::string_view name) const {
    return (folder_.path() / name).string();
  }
  minben::test::TemporaryDirectory folder_;
};

TEST_F(EvidenceForOthers, IsCheckedByUnzipAndOpensslAlone) {
  ExchangeOfTwo& two = exchange();
  write("roots.pem", two.root.certificate().pem);
  EvidenceParts parts = two.parts_with_ledger();
  const std::string container = two.container(parts);
  EXPECT_EQ(check(container), "");
  parts.response->body_digest = sha512(*parts.response->body);
  parts.response->body.reset();
  EXPECT_EQ(check(two.container(parts)), "");

  for (const ZipEntry& entry : read_zip(container, 32).value()) {
    std::string changed = entry.content;
    changed[changed.size() / 2] ^= 1;
    EXPECT_NE(check(with_part(container, entry.name, changed)), "") << entry.name;
  }
  write("roots.pem", trust::Authority::create("Other", 30, system_time)->certificate().pem);
  EXPECT_NE(check(container), "");
}

}  // namespace
}  // namespace minben::exchange::test
