// The citizens' authority outside as a program, seen by openssl; and what openssl signs with its
// cards, seen by the platform.
#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "identity/citizen_certificate.hpp"
#include "net/net.hpp"
#include "process.hpp"
#include "support/port.hpp"
#include "support/shared.hpp"

namespace outside::test {
namespace {

using namespace minben;
using identity::CitizenCertificates;

const SystemClock system_time;
constexpr std::string_view number = "Y290000045", other_number = "Y190000025",
                           lost_number = "Y190000061", replaced_number = "Y290000081";
const std::string tool = MINBEN_BINARY_DIR "/outside/citizen-authority";

std::string code_of(const auto& result) { return result ? "" : result.error().code; }

/// One for all tests: its keys take seconds to make.
class Citizens : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    directory_ = std::make_unique<minben::test::TemporaryDirectory>();
    port_ = minben::test::free_port();
    std::ofstream people(file("people.jsonl"));
    for (const std::string_view each : {number, other_number, lost_number, replaced_number})
      people << R"({"number":")" << each << R"(","name":"郭家傑"})" << "\n";
    people.close();
    process_ = std::make_unique<Process>(
        std::vector<std::string>{tool, "serve", "--data", folder(), "--port", std::to_string(port_),
                                 "--url", url(), "--people", file("people.jsonl")});
    std::ofstream(file("challenge")) << challenge_;
  }
  static void TearDownTestSuite() {
    process_.reset();
    directory_.reset();
  }
  static std::string folder() { return directory_->path().string(); }
  static std::string file(std::string_view name) { return (directory_->path() / name).string(); }
  static std::string url() { return fmt::format("http://127.0.0.1:{}", port_); }
  static std::string read(std::string_view name) {
    return minben::test::read_file(directory_->path() / name);
  }
  /// What it says; "" when it fails.
  static std::string openssl(const std::string& arguments) {
    const int status =
        std::system(fmt::format("cd '{}' && openssl {} > said 2>&1", folder(), arguments).c_str());
    return status == 0 ? read("said") : "";
  }
  static int run(const std::string& arguments) {
    return std::system(
        fmt::format("'{}' {} --data '{}' > /dev/null 2>&1", tool, arguments, folder()).c_str());
  }
  static std::string get(std::string_view path) {
    const auto answer =
        net::Client({}).send({.method = net::Method::get, .url = url() + std::string(path)});
    return answer && answer->status == 200 ? answer->body : "";
  }
  static CitizenCertificates platform() {
    identity::CitizenTrust trust{.roots = {get("/root.pem")},
                                 .intermediates = {get("/issuing.pem")}};
    trust.revocation.ocsp = [](const std::string& to, const Bytes& request) -> Result<Bytes> {
      net::ClientRequest asked{.method = net::Method::post, .url = to};
      asked.body = as_text(request);
      MINBEN_TRY(answer, net::Client({}).send(asked));
      return Bytes(answer.body.begin(), answer.body.end());
    };
    return CitizenCertificates::make(std::move(trust)).value();
  }
  static Result<identity::CitizenCertificate> judged(std::string_view signature_file) {
    MINBEN_TRY(der, identity::decode_signature(read(signature_file)));
    return platform().check_signature(der, challenge_, system_time.now());
  }
  static std::string card(std::string_view name, std::string_view of = number) {
    return fmt::format("cards/{}/{}", of, name);
  }

  static inline const std::string challenge_ = "nonce 7\nsite https://minben.example\n";
  static inline std::uint16_t port_ = 0;
  static inline std::unique_ptr<minben::test::TemporaryDirectory> directory_;
  static inline std::unique_ptr<Process> process_;
};

TEST_F(Citizens, OpensslBelievesCardsAnswersAndSignatures) {
  EXPECT_NE(openssl("verify -x509_strict -policy_check -explicit_policy -policy 2.16.886.101.0.3.3 "
                    "-CAfile root.pem -untrusted issuing.pem " +
                    card("signing.pem")),
            "");
  const std::string asked = fmt::format(
      "ocsp -issuer issuing.pem -cert {} -url {}/ocsp "
      "-CAfile root.pem -verify_other issuing.pem",
      card("signing.pem"), url());
  EXPECT_NE(openssl(asked).find(": good"), std::string::npos) << openssl(asked);
  ASSERT_EQ(run(fmt::format("sign --number {} --in {} --out {}", number, file("challenge"),
                            file("made.p7s"))),
            0);
  std::ofstream(file("both.pem")) << read("root.pem") << read("issuing.pem");
  EXPECT_NE(openssl("cms -verify -inform DER -in made.p7s -content challenge -binary "
                    "-CAfile both.pem -purpose any"),
            "");
  EXPECT_EQ(code_of(judged("made.p7s")), "");
}

TEST_F(Citizens, ThePlatformBelievesWhatOpensslSigns) {
  const std::string with = fmt::format("-signer {} -inkey {} -in challenge -binary",
                                       card("signing.pem"), card("signing.key.pem"));
  struct Way {
    std::string arguments, code;
  };
  const Way ways[] = {
      {"cms -sign -md sha256 -outform DER " + with, ""},
      {"cms -sign -md sha512 -outform PEM -nodetach " + with, ""},
      {"cms -sign -md sha256 -outform DER -nosmimecap -keyid " + with, ""},
      {"smime -sign -md sha384 -outform PEM " + with, ""},
      {"cms -sign -md sha256 -outform DER -certfile issuing.pem " + with, ""},
      {"cms -sign -md sha1 -outform DER " + with, "weak_signature"},
      {"cms -sign -md sha256 -outform DER -noattr " + with, "not_a_signature"},
      {"cms -sign -md sha256 -outform DER -nocerts " + with, "not_a_signature"},
      {"cms -sign -md sha256 -outform DER " + with + " -keyopt rsa_padding_mode:pss",
       "weak_signature"},
      {"cms -sign -md sha256 -outform DER " + with +
           fmt::format(" -signer {} -inkey {}", card("signing.pem", other_number),
                       card("signing.key.pem", other_number)),
       "several_signers"},
  };
  for (const Way& way : ways) {
    ASSERT_TRUE(std::filesystem::exists(file("root.pem")));
    std::filesystem::remove(file("out.p7s"));
    openssl(way.arguments + " -out out.p7s");
    ASSERT_TRUE(std::filesystem::exists(file("out.p7s"))) << way.arguments << read("said");
    EXPECT_EQ(code_of(judged("out.p7s")), way.code) << way.arguments;
  }
}

TEST_F(Citizens, RevocationIsToldByAnswerAndByList) {
  const auto issuer = trust::authority_from_pem(get("/issuing.pem")).value();
  ASSERT_EQ(run(fmt::format("sign --number {} --in {} --out {}", lost_number, file("challenge"),
                            file("made.p7s"))),
            0);
  const auto before = judged("made.p7s");
  ASSERT_TRUE(before) << describe(before.error());
  const auto list_of = [&] {
    const std::string body = get("/citizens.crl");
    return trust::RevocationIndex::make(Bytes(body.begin(), body.end()), issuer).value();
  };
  const auto earlier = list_of();
  EXPECT_FALSE(earlier.find(before->serial));
  ASSERT_EQ(run(fmt::format("revoke --number {}", lost_number)), 0);
  EXPECT_EQ(code_of(judged("made.p7s")), "certificate_revoked");
  const auto later = list_of();
  ASSERT_TRUE(later.find(before->serial));
  EXPECT_EQ(later.find(before->serial)->reason, trust::RevocationReason::key_compromise);
  EXPECT_TRUE(later.newer_than(earlier));
  EXPECT_NE(run("revoke --number Y290000099"), 0) << "nobody's card";

  process_->end(SIGKILL);
  process_->start();
  EXPECT_TRUE(list_of().find(before->serial)) << "its books are on the disk";
}

TEST_F(Citizens, ANewCardRevokesTheOld) {
  const std::string old = read(card("signing.pem", replaced_number));
  ASSERT_EQ(run(fmt::format("card --number {} --name 郭家傑", replaced_number)), 0);
  EXPECT_NE(read(card("signing.pem", replaced_number)), old);
  std::ofstream(file("old.pem")) << old;
  const std::string said = openssl(
      fmt::format("ocsp -issuer issuing.pem -cert old.pem -url {}/ocsp -CAfile root.pem", url()));
  EXPECT_NE(said.find(": revoked"), std::string::npos) << said;
  EXPECT_NE(said.find("superseded"), std::string::npos) << said;
}

TEST_F(Citizens, QuestionsThatCannotBeReadAreAnsweredAsTheProtocolSays) {
  net::ClientRequest asked{.method = net::Method::post, .url = url() + "/ocsp"};
  asked.body = "what?";
  const auto answer = net::Client({}).send(asked);
  ASSERT_TRUE(answer && answer->status == 200);
  EXPECT_EQ(answer->body, std::string("\x30\x03\x0a\x01\x01", 5));  // malformedRequest
}

}  // namespace
}  // namespace outside::test
