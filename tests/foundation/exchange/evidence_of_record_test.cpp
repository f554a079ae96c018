// A gateway's own record is enough to prove the exchange.
#include <gtest/gtest.h>

#include "exchange_of_two.hpp"

namespace minben::exchange::test {
namespace {

class EvidenceOfRecord : public ::testing::Test {
 protected:
  EvidenceOfRecord() : parts_(two_.parts()), record_(parse_json(parts_.record)->as_object()) {
    keep("request", parts_.request);
    keep("response", *parts_.response);
    for (const auto* gateway : {&two_.consumer, &two_.provider}) add(*gateway);
    configuration_.trust_anchors = {other_.certificate().pem, two_.root.certificate().pem};
    MINBEN_ASSERT(archive_->keep(configuration_, {}).has_value());
  }
  void add(const SealingGateway& gateway) {
    Member member;
    member.gateways.push_back(
        {.url = "",
         .signing_key = trust::SigningKey::generate(trust::KeyType::ed25519).verify_key(),
         .certificates = {"not a certificate", gateway.sealer.certificate().pem}});
    configuration_.members.push_back(std::move(member));
  }
  void keep(const std::string& side, const EvidenceMessage& message) {
    std::string seal;
    write_seal(message.seal, seal);
    record_[side + "_head"] = message.head;
    record_[side + "_seal"] = base64_encode(as_bytes(seal));
    record_[side + "_piece"] = 0;
    record_[side + "_body_sha512"] = message.body ? base64_encode(sha512(*message.body)) : "";
  }
  [[nodiscard]] Result<EvidenceParts> parts() const {
    return evidence_of_record(write_json(record_), *archive_);
  }
  /// "code field"
  [[nodiscard]] std::string fault() const {
    const auto made = parts();
    return made ? "" : made.error().code + " " + made.error().field;
  }
  /// Of what is made from the record.
  [[nodiscard]] std::string made() const {
    const auto container =
        make_evidence(parts().value(), two_.provider.sealer, two_.provider.certificate(), two_.at);
    return container ? "" : container.error().code + " " + container.error().field;
  }

  const SystemClock clock_;
  const trust::Authority other_ = trust::Authority::create("Other root", 30, clock_).value();
  const ExchangeOfTwo two_{clock_};
  const EvidenceParts parts_;
  JsonObject record_;
  Configuration configuration_;
  const minben::test::TemporaryDirectory folder_;
  const std::unique_ptr<CertificateArchive> archive_ = empty_archive("archive");

  [[nodiscard]] std::unique_ptr<CertificateArchive> empty_archive(std::string_view name) const {
    return CertificateArchive::open(folder_.path() / name).value();
  }
};

TEST_F(EvidenceOfRecord, HasBothMessagesAndTheirSenders) {
  const auto found = parts();
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->request.statement, parts_.request.statement);
  EXPECT_EQ(found->response->statement, parts_.response->statement);
  EXPECT_EQ(found->request.seal, parts_.request.seal);
  EXPECT_EQ(found->response->signer.certificate.der, two_.provider.sealer.certificate().der);
  EXPECT_EQ(found->response->signer.issuers.back().der, two_.root.certificate().der);
  const auto report = verify_evidence(two_.container(*found), two_.trust());
  ASSERT_TRUE(report && report->proven());
  EXPECT_EQ(report->request->body, BodyProof::digest);
}

TEST_F(EvidenceOfRecord, TakesBodiesThatTheCallerKept) {
  auto found = parts().value();
  found.response->body = parts_.response->body;
  const auto report = verify_evidence(two_.container(found), two_.trust());
  ASSERT_TRUE(report && report->proven());
  EXPECT_EQ(report->response->body, BodyProof::kept);
  found.response->body = "another";
  EXPECT_EQ(
      make_evidence(found, two_.provider.sealer, two_.provider.certificate(), two_.at).error().code,
      "hash_mismatch");
}

TEST_F(EvidenceOfRecord, OfARequestWithoutResponse) {
  record_["response_seal"] = "";
  record_["response_hash"] = "";
  const auto found = parts();
  ASSERT_TRUE(found && !found->response);
  EXPECT_EQ(made(), "");
}

TEST_F(EvidenceOfRecord, SaysWhatIsMissing) {
  const auto with = [&](std::string_view name, const Json& value) {
    const Json before = std::exchange(record_[name], value);
    std::string found = fault();
    record_[name] = before;
    return found;
  };
  EXPECT_EQ(with("request_seal", ""), "nothing_to_prove ");
  EXPECT_EQ(with("request_seal", "AAAA"), "not_a_seal ");
  EXPECT_EQ(with("request_seal", "?"), "wrong_type request_seal");
  EXPECT_EQ(with("response_piece", -1), "wrong_type response_piece");
  EXPECT_EQ(with("response_body_sha512", "AAAA"), "wrong_type response_body_sha512");
  EXPECT_EQ(with("request_hash", "AAAA"), "wrong_type request_hash");
  record_.erase("request_head");
  EXPECT_EQ(fault(), "missing request_head");
}

TEST_F(EvidenceOfRecord, KnowsCertificatesThatAreNotInUseAnyMore) {
  configuration_.members.clear();
  configuration_.trust_anchors.clear();
  ASSERT_TRUE(archive_->keep(configuration_, {}));
  const auto again = empty_archive("archive");  // opened by a later process
  const auto found = evidence_of_record(write_json(record_), *again);
  ASSERT_TRUE(found) << describe(found.error());
  EXPECT_EQ(found->response->signer.issuers.back().der, two_.root.certificate().der);
}

TEST_F(EvidenceOfRecord, BelievesOnlyWhatAConfigurationNamed) {
  const auto code_with = [&](const CertificateArchive& archive) {
    return evidence_of_record(write_json(record_), archive).error().code;
  };
  EXPECT_EQ(code_with(*empty_archive("new")), "unknown_certificate");
  const auto others = empty_archive("others");
  configuration_.trust_anchors = {other_.certificate().pem};
  ASSERT_TRUE(others->keep(configuration_, {}));
  EXPECT_EQ(code_with(*others), "unknown_certificate");  // nobody vouches for them
  const auto fingerprint = parts_.request.seal.certificate;
  EXPECT_TRUE(archive_->find(fingerprint, two_.at));
  EXPECT_FALSE(archive_->find(fingerprint, two_.at + days(400)));  // it was not in force
  EXPECT_FALSE(archive_->find(Sha256{}, two_.at));
}

TEST_F(EvidenceOfRecord, OfARecordThatWasChangedIsNotMade) {
  ASSERT_EQ(made(), "");
  record_["request_piece"] = 1;
  EXPECT_TRUE(made().starts_with("bad_signature META-INF/signature-")) << made();
  record_["request_piece"] = 0;
  record_["request_body_sha512"] = "";
  EXPECT_EQ(made(), "hash_mismatch request.head");
}

}  // namespace
}  // namespace minben::exchange::test
