// Timestamps from the authority outside, as a gateway asks for them and as openssl sees them.
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "exchange/timestamping.hpp"
#include "exchange_of_two.hpp"
#include "process.hpp"
#include "support/shared.hpp"
#include "trust/revocation.hpp"

namespace outside::test {
namespace {

using namespace minben;
using exchange::TimestampClient;
using exchange::test::ExchangeOfTwo;

const SystemClock system_time;
SystemRandom randomness;
const Sha256 digest = sha256("a checkpoint");

/// The program, running.
struct RunningAuthority {
  explicit RunningAuthority(const std::string& answer = "good")
      : process({MINBEN_BINARY_DIR "/outside/timestamp-authority", "--port", "0", "--data",
                 directory.path().string(), "--answer", answer}) {}
  [[nodiscard]] std::string url() const {
    return fmt::format("http://127.0.0.1:{}/", process.ports().at(0));
  }
  [[nodiscard]] std::string root() const {
    return minben::test::read_file(directory.path() / "root.pem");
  }
  [[nodiscard]] Result<Bytes> stamp(const Sha256& of, milliseconds timeout = seconds(10)) const {
    TimestampClient client({.urls = {url()}, .roots = {root()}, .timeout_ms = timeout});
    return client.stamp(of, randomness);
  }
  minben::test::TemporaryDirectory directory;
  Process process;
};

std::string code_of(const auto& result) { return result ? "" : result.error().code; }

TEST(Timestamps, SayWhenADigestWasSeen) {
  const RunningAuthority authority;
  const auto token = authority.stamp(digest);
  ASSERT_TRUE(token) << describe(token.error());
  const auto stamp =
      trust::verify_timestamp(*token, digest, std::vector<std::string>{authority.root()});
  ASSERT_TRUE(stamp) << describe(stamp.error());
  EXPECT_LT(abs(stamp->at - system_time.now()), seconds(30));
  EXPECT_EQ(stamp->authority, "CN=Time stamps,C=TW");
  EXPECT_EQ(stamp->policy, "1.3.6.1.4.1.13762.3");
  EXPECT_FALSE(stamp->serial.empty());
}

TEST(Timestamps, AreBelievedOfKnownAuthoritiesAndTheirOwnDigestOnly) {
  const RunningAuthority authority, stranger;
  const auto token = authority.stamp(digest).value();
  const std::vector<std::string> own{authority.root()}, others{stranger.root()};
  EXPECT_EQ(code_of(trust::verify_timestamp(token, sha256("other"), own)), "other_timestamp");
  EXPECT_EQ(code_of(trust::verify_timestamp(token, digest, others)), "untrusted_timestamp");
  EXPECT_EQ(code_of(trust::verify_timestamp(token, digest, {})), "untrusted_timestamp");
  EXPECT_EQ(code_of(trust::verify_timestamp(token, digest, std::vector<std::string>{"no"})),
            "untrusted_root");
  for (std::size_t i = 0; i < token.size(); ++i) {
    Bytes changed = token;
    changed[i] ^= static_cast<std::uint8_t>(1 << (i % 8));
    const auto stamp = trust::verify_timestamp(changed, digest, own);
    if (!stamp) continue;
    // What no signature covers: how lengths and absent parameters are written.
    EXPECT_EQ(stamp->serial, trust::verify_timestamp(token, digest, own)->serial) << i;
  }
  EXPECT_EQ(code_of(trust::verify_timestamp({}, digest, own)), "not_a_timestamp");
}

TEST(Timestamps, FromAnAuthorityInTroubleAreErrors) {
  EXPECT_EQ(code_of(RunningAuthority("refused").stamp(digest)), "timestamp_refused");
  EXPECT_EQ(code_of(RunningAuthority("other").stamp(digest)), "other_timestamp");
  EXPECT_EQ(code_of(RunningAuthority("late").stamp(digest, milliseconds(300))), "timeout");
  const RunningAuthority stale("stale");
  EXPECT_TRUE(stale.stamp(digest));
  EXPECT_EQ(code_of(stale.stamp(digest)), "other_timestamp");  // of an earlier request
}

TEST(Timestamps, ComeFromTheFirstAuthorityThatGivesThem) {
  const RunningAuthority refusing("refused"), good;
  TimestampClient client({.urls = {"http://127.0.0.1:1/", refusing.url(), good.url()},
                          .roots = {refusing.root(), good.root()}});
  const auto token = client.stamp(digest, randomness);
  ASSERT_TRUE(token) << describe(token.error());
  EXPECT_TRUE(trust::verify_timestamp(*token, digest, std::vector<std::string>{good.root()}));

  TimestampClient nobody({.urls = {}, .roots = {good.root()}});
  EXPECT_EQ(code_of(nobody.stamp(digest, randomness)), "no_timestamp_authority");
  TimestampClient page({.urls = {good.url() + "status"}, .roots = {good.root()}});
  const auto refused = page.stamp(digest, randomness);
  EXPECT_EQ(code_of(refused), "timestamp_unavailable");
  EXPECT_EQ(refused.error().field, good.url() + "status");
  TimestampClient distrusting({.urls = {good.url()}, .roots = {refusing.root()}});
  EXPECT_EQ(code_of(distrusting.stamp(digest, randomness)), "untrusted_timestamp");
}

TEST(Timestamps, AuthorityKeepsItsIdentity) {
  RunningAuthority authority;
  const std::string root = authority.root();
  const auto before = authority.stamp(digest).value();
  authority.process.end(SIGKILL);
  authority.process.start();
  EXPECT_EQ(authority.root(), root);
  ASSERT_TRUE(authority.stamp(digest));
  EXPECT_TRUE(trust::verify_timestamp(before, digest, std::vector<std::string>{root}));
}

TEST(Timestamps, AreWhatOpensslAsksForAndVerifies) {
  const RunningAuthority authority;
  const minben::test::TemporaryDirectory folder;
  const auto path = [&](std::string_view name) { return (folder.path() / name).string(); };
  std::ofstream(path("data")) << "what was there";
  const auto run = [&](const std::string& arguments) {
    return std::system(
        fmt::format("cd '{}' && openssl ts {} > /dev/null 2>&1", folder.path().string(), arguments)
            .c_str());
  };
  ASSERT_EQ(run("-query -data data -sha256 -cert -out query"), 0);
  net::ClientRequest request{.method = net::Method::post, .url = authority.url()};
  request.headers.add("Content-Type", "application/timestamp-query");
  request.body = minben::test::read_file(path("query"));
  const auto answer = net::Client({}).send(request);
  ASSERT_TRUE(answer && answer->status == 200);
  std::ofstream(path("reply"), std::ios::binary) << answer->body;
  const std::string root = (authority.directory.path() / "root.pem").string();
  EXPECT_EQ(run("-verify -queryfile query -in reply -CAfile '" + root + "'"), 0);
  std::ofstream(path("data")) << "something else";
  EXPECT_NE(run("-verify -data data -in reply -CAfile '" + root + "'"), 0);
}

// ------------------------------------------------------------------------------ in containers

class StampedEvidence : public ::testing::Test {
 protected:
  StampedEvidence() : parts_(two_.parts_with_ledger()) {
    const auto manifest = exchange::timestamp_manifest(parts_.ledger->proof.checkpoint);
    parts_.timestamp = authority_.stamp(sha256(*manifest)).value();
    trust_ = two_.trust();
    trust_.timestamp_roots = {authority_.root()};
  }
  [[nodiscard]] std::string first_fault(const exchange::EvidenceParts& parts) const {
    const auto report = exchange::verify_evidence(two_.container(parts), trust_);
    if (!report || report->proven()) return code_of(report);
    return report->faults.front().code + " " + report->faults.front().field;
  }

  const RunningAuthority authority_;
  ExchangeOfTwo two_{system_time};
  exchange::EvidenceParts parts_;
  exchange::EvidenceTrust trust_;
};

TEST_F(StampedEvidence, ProvesSinceWhenTheLedgerHoldsIt) {
  const auto report = exchange::verify_evidence(two_.container(parts_), trust_);
  ASSERT_TRUE(report && report->proven()) << describe(report->faults.front());
  ASSERT_TRUE(report->timestamp);
  EXPECT_LT(abs(report->timestamp->at - system_time.now()), seconds(30));

  trust_.timestamp_roots = {};
  const auto unchecked = exchange::verify_evidence(two_.container(parts_), trust_);
  EXPECT_TRUE(unchecked->proven() && unchecked->has_timestamp && !unchecked->timestamp);
}

TEST_F(StampedEvidence, RefusesTokensOfAnotherCheckpoint) {
  EXPECT_EQ(first_fault(parts_), "");
  parts_.timestamp = authority_.stamp(digest).value();
  EXPECT_EQ(first_fault(parts_), "other_timestamp META-INF/timestamp.tst");
  parts_.timestamp = Bytes{1, 2, 3};
  EXPECT_EQ(first_fault(parts_), "not_a_timestamp META-INF/timestamp.tst");
  parts_.ledger.reset();
  EXPECT_EQ(code_of(exchange::make_evidence(parts_, two_.provider.sealer,
                                            two_.provider.certificate(), two_.at)),
            "missing_part");
}

TEST_F(StampedEvidence, RefusesMessagesSealedAfterwards) {
  const VirtualClock ahead(system_time.now() + minutes(10));
  ExchangeOfTwo late(ahead);
  auto parts = late.parts_with_ledger();
  parts.timestamp =
      authority_.stamp(sha256(*exchange::timestamp_manifest(parts.ledger->proof.checkpoint)))
          .value();
  auto trust = late.trust();
  trust.timestamp_roots = trust_.timestamp_roots;
  const auto report = exchange::verify_evidence(late.container(parts), trust);
  ASSERT_TRUE(report);
  ASSERT_EQ(report->faults.size(), 1u);
  EXPECT_EQ(report->faults[0].code, "sealed_later");
}

TEST_F(StampedEvidence, ProvesThatASealIsFromBeforeItsKeyWasStolen) {
  const auto stolen = [&](Instant at) {
    const std::vector<trust::Revoked> list{
        {trust::read_certificate(two_.consumer.sealer.certificate().der)->serial, at,
         trust::RevocationReason::key_compromise}};
    trust_.revocation_lists = {
        trust::make_revocation_list(two_.root, list, 1, two_.at, two_.at + days(20)).value()};
  };
  stolen(system_time.now() + hours(1));
  EXPECT_EQ(first_fault(parts_), "");
  trust_.timestamp_roots = {};  // not checked, so nothing is known
  EXPECT_EQ(first_fault(parts_), "certificate_revoked request.certificates.pem");
  trust_.timestamp_roots = {authority_.root()};
  trust_.ledger_keys = {};
  EXPECT_EQ(first_fault(parts_), "certificate_revoked request.certificates.pem");
}

TEST_F(StampedEvidence, IsCheckedByOpensslAlone) {
  const minben::test::TemporaryDirectory folder;
  const auto write = [&](std::string_view name, std::string_view content) {
    std::ofstream(folder.path() / name, std::ios::binary) << content;
  };
  const auto accepted = [&](std::string_view timestamp_roots) {
    write("times.pem", timestamp_roots);
    return std::system(fmt::format("cd '{}' && '{}/tests/foundation/exchange/check_asic.sh' "
                                   "e.asice roots.pem times.pem > /dev/null 2>&1",
                                   folder.path().string(), MINBEN_SOURCE_DIR)
                           .c_str()) == 0;
  };
  write("roots.pem", two_.root.certificate().pem);
  write("e.asice", two_.container(parts_));
  EXPECT_TRUE(accepted(authority_.root()));
  EXPECT_FALSE(accepted(RunningAuthority().root()));
  parts_.timestamp = authority_.stamp(digest).value();
  write("e.asice", two_.container(parts_));
  EXPECT_FALSE(accepted(authority_.root()));
}

}  // namespace
}  // namespace outside::test
