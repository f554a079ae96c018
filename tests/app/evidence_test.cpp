// What `minben evidence verify` tells a person.
#include <fstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../foundation/exchange/exchange_of_two.hpp"
#include "evidence_tools.hpp"

namespace minben::app::command {
namespace {

using ::testing::HasSubstr;

class EvidenceCommand : public ::testing::Test {
 protected:
  EvidenceCommand() {
    write("roots.pem", two_.root.certificate().pem + other_.certificate().pem);
    write("others.pem", other_.certificate().pem);
    write("keys", two_.log->vkey() + "\n");
    options_.container = write("evidence.asice", two_.container(two_.parts_with_ledger()));
    options_.roots = folder_.path() / "roots.pem";
    options_.ledger_keys = folder_.path() / "keys";
  }
  std::filesystem::path write(std::string_view name, std::string_view content) const {
    std::ofstream(folder_.path() / name, std::ios::binary) << content;
    return folder_.path() / name;
  }
  /// Standard output, then standard error.
  std::string run(int expected) {
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    EXPECT_EQ(verify_evidence(options_), expected);
    std::fflush(stdout);
    std::string said = ::testing::internal::GetCapturedStdout();
    return said + ::testing::internal::GetCapturedStderr();
  }

  const SystemClock clock_;
  exchange::test::ExchangeOfTwo two_{clock_};
  const trust::Authority other_ = trust::Authority::create("Other root", 30, clock_).value();
  minben::test::TemporaryDirectory folder_;
  VerifyEvidenceOptions options_;
};

TEST_F(EvidenceCommand, SaysWhatIsProven) {
  const std::string said = run(0);
  EXPECT_TRUE(said.starts_with("PROVEN\n"));
  EXPECT_THAT(said, HasSubstr("POST /r1/MINBEN/GOV/ris/register/residence/search?at=1\n"));
  EXPECT_THAT(said, HasSubstr("sealed by nia"));
  EXPECT_THAT(said, HasSubstr("made by ris"));
  EXPECT_THAT(said, HasSubstr("entry 2 of 3 in minben.example/ledger/ris"));
}

TEST_F(EvidenceCommand, SaysWhatItDidNotCheck) {
  options_.ledger_keys.clear();
  EXPECT_THAT(run(0), HasSubstr("not checked: say --ledger-keys"));
}

TEST_F(EvidenceCommand, AsksForTheWitnessesOfAPolicy) {
  const auto key = trust::SigningKey::generate(trust::KeyType::ed25519);
  const auto witness =
      ledger::CosignatureVerifier::make("witness.example", key.verify_key())->vkey();
  options_.ledger_keys.clear();
  options_.policy = write("policy", fmt::format("log {}\nquorum none\n", two_.log->vkey()));
  EXPECT_THAT(run(0), HasSubstr("entry 2 of 3 in minben.example/ledger/ris"));
  options_.policy =
      write("policy", fmt::format("log {}\nwitness w {}\nquorum w\n", two_.log->vkey(), witness));
  EXPECT_THAT(run(1), HasSubstr("no_quorum (ledger.proof)"));
}

TEST_F(EvidenceCommand, BelievesNobodyByItself) {
  options_.roots.clear();
  EXPECT_THAT(run(1), HasSubstr("untrusted_certificate (request.certificates.pem)"));
  options_.roots = folder_.path() / "others.pem";
  const std::string said = run(1);
  EXPECT_TRUE(said.starts_with("NOT PROVEN\n"));
  EXPECT_THAT(said, HasSubstr("untrusted_certificate (certificates.pem)"));
}

TEST_F(EvidenceCommand, TakesOtherAuthoritiesAndKeysOfTheRegistry) {
  const auto key = [] {
    return trust::SigningKey::generate(trust::KeyType::ed25519).verify_key().pem();
  };
  options_.outside_roots = folder_.path() / "others.pem";
  options_.registry_keys = write("registry.pem", key() + key());
  EXPECT_TRUE(run(0).starts_with("PROVEN\n"));
  options_.outside_roots = folder_.path() / "roots.pem";
  options_.roots = folder_.path() / "others.pem";
  EXPECT_THAT(run(1), HasSubstr("untrusted_certificate (request.certificates.pem)"))
      << "under an outside root a name in a certificate tells nothing";
}

TEST_F(EvidenceCommand, NamesTheFaultOfABrokenFile) {
  options_.container = write("evidence.asice", "PK");
  EXPECT_THAT(run(1), HasSubstr("NOT PROVEN  not_a_container (mimetype)"));
}

}  // namespace
}  // namespace minben::app::command
