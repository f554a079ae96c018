#include "exchange/values.hpp"
#include "fixture.hpp"

namespace minben::registry {
namespace {

std::string code_of(std::string_view file) {
  const auto read = read_join_request(file);
  return read ? "" : read.error().code + " " + read.error().field;
}

TEST(JoinRequests, SayWhoAsksWithWhichKeys) {
  const Applicant applicant("hpa");
  const auto read = read_join_request(applicant.file());
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->request.member.value, "hpa");
  EXPECT_EQ(read->request.name.zh_hant, "國民健康署");
  EXPECT_EQ(read->request.url, "https://gw.hpa.example:7100");
  EXPECT_EQ(read->request.subsystems, (std::vector<std::string>{"casework", "register"}));
  EXPECT_EQ(read->signing_key, applicant.signing.verify_key());
  EXPECT_EQ(read->tls.key, applicant.tls.verify_key());
  EXPECT_EQ(read->seal.key, applicant.seal.verify_key());
  EXPECT_EQ(read->tls.names.dns_names, std::vector<std::string>{"gw.hpa.example"});
  EXPECT_TRUE(read->seal.names.dns_names.empty());
  EXPECT_EQ(read->id.size(), 64u);
}

/// A file of an earlier program stays readable, and its fingerprint the same.
TEST(JoinRequests, OfEarlierProgramsAreRead) {
  const auto text = minben::test::read_file(std::filesystem::path(MINBEN_SOURCE_DIR) /
                                            "tests/foundation/registry/data/join-request.json");
  const auto read = read_join_request(trim(text));
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(read->request.member.value, "hpa");
  EXPECT_EQ(spoken_fingerprint(read->id), "d559 117e ded6 70fe 2107 4f50 4d3a 540f");
}

TEST(JoinRequests, HaveAFingerprintToBeReadAloud) {
  EXPECT_EQ(spoken_fingerprint(std::string(16, '0') + "0123456789abcdef" + std::string(32, 'f')),
            "0000 0000 0000 0000 0123 4567 89ab cdef");
}

TEST(JoinRequests, AreRefusedWhenAnythingWasChanged) {
  const std::string file = Applicant("hpa").file();
  ASSERT_EQ(code_of(file), "");
  int forged = 0;
  for (std::size_t i = 0; i < file.size(); i += 3) {
    std::string bent = file;
    bent[i] = static_cast<char>(bent[i] == 'a' ? 'b' : 'a');
    if (bent == file) continue;
    const std::string code = code_of(bent);
    EXPECT_NE(code, "") << i;
    forged += code.starts_with("join_request_forged") ? 1 : 0;
  }
  EXPECT_GT(forged, 10);
}

/// A file of one applicant, with a part of another's, signed by the first.
std::string mixed(const Applicant& applicant, std::string_view field, const Json& value) {
  Json content = *find(parse_json(applicant.file()).value(), "content");
  content.as_object()[field] = value;
  return exchange::sign_document("minben-join/1", content, applicant.signing).value();
}

TEST(JoinRequests, CannotBorrowKeysOrNames) {
  const Applicant hpa("hpa"), cdc("cdc");
  const Json others = *find(parse_json(cdc.file()).value(), "content");
  EXPECT_EQ(code_of(mixed(hpa, "tls_request", *find(others, "tls_request"))),
            "bad_join_request tls_request");  // of another member
  EXPECT_EQ(code_of(mixed(hpa, "key", *find(others, "key"))), "join_request_forged signature");
  EXPECT_EQ(code_of(mixed(hpa, "url", "https://elsewhere.example:7100")),
            "bad_join_request tls_request");
  EXPECT_EQ(code_of(mixed(hpa, "member", "cdc")), "bad_join_request tls_request");
  const Json own = *find(parse_json(hpa.file()).value(), "content");
  EXPECT_EQ(code_of(mixed(hpa, "seal_request", *find(own, "tls_request"))),
            "bad_join_request seal_request");
}

TEST(JoinRequests, AreBoundedAndStrict) {
  const Applicant hpa("hpa");
  EXPECT_EQ(code_of(mixed(hpa, "url", "http://gw.hpa.example:7100")), "bad_join_request url");
  EXPECT_EQ(code_of(mixed(hpa, "url", "https://gw.hpa.example")), "bad_join_request url");
  EXPECT_EQ(code_of(mixed(hpa, "url", "https://gw.hpa.example:70000")), "bad_join_request url");
  EXPECT_EQ(code_of(mixed(hpa, "url", "https://u@gw.hpa.example:1")), "bad_join_request url");
  EXPECT_EQ(code_of(mixed(hpa, "gateway", "GW 1")), "bad_join_request gateway");
  EXPECT_EQ(code_of(mixed(hpa, "class", "a/b")), "bad_join_request class");
  EXPECT_EQ(code_of(mixed(hpa, "subsystems", JsonArray{})), "bad_join_request subsystems");
  EXPECT_EQ(code_of(mixed(hpa, "subsystems", JsonArray{"a b"})), "bad_join_request subsystems");
  EXPECT_EQ(code_of(mixed(hpa, "name", JsonObject{{"zh-Hant", ""}, {"en", "x"}})),
            "bad_join_request name");
  EXPECT_EQ(code_of("{}"), "bad_join_request format");
  EXPECT_EQ(code_of(std::string(max_join_request + 1, ' ')), "bad_join_request ");
}

TEST(GatewayUrls, NameHostsThatCertificatesCanName) {
  EXPECT_EQ(read_gateway_url("https://[2001:db8::7]:7100")->host, "2001:db8::7");
  EXPECT_TRUE(read_gateway_url("https://192.0.2.7:7100")->numeric);
  EXPECT_FALSE(read_gateway_url("https://localhost:7100")->numeric);
  EXPECT_FALSE(read_gateway_url("https://[gw]:7100"));
  EXPECT_FALSE(read_gateway_url("https://:7100"));
  EXPECT_FALSE(read_gateway_url("https://gw.example:7100/path"));
}

}  // namespace
}  // namespace minben::registry
