// conformance/webauthn DIR: registrations and assertions of W3C WebAuthn Level 3's vectors in DIR
// (conformance/webauthn of the shared data). Each pair must be taken as it is, and refused with
// another challenge, origin, relying party, type, signature or flag, with a counter that does not
// grow, and with a byte more or less. One line a vector; the last line is "passed N of M".
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <functional>

#include "core/core.hpp"
#include "identity/webauthn.hpp"

namespace minben::identity {
namespace {

namespace fs = std::filesystem;

struct Pair {
  std::string title;
  Expectation registering, authenticating;
  RegistrationResponse registration;
  AssertionResponse assertion;
};

struct Tally {
  int passed = 0, total = 0;
  void check(bool good, const Pair& pair, std::string_view what) {
    ++total;
    passed += good ? 1 : 0;
    if (!good) fmt::print("FAILED {}: {}\n", pair.title, what);
  }
};

Bytes hex(const Json& object, std::string_view name) {
  return hex_decode(string_or(object, name)).value_or(Bytes());
}

/// The vectors' authenticators do not all verify the user, and two are embedded.
Expectation expectation(const Json& root, const Json& ceremony) {
  return {hex(ceremony, "challenge"),
          {string_or(root, "origin")},
          string_or(root, "rp_id"),
          false,
          true,
          {string_or(root, "topOrigin")}};
}

std::vector<Pair> read_pairs(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  const Json root = parse_json(text).value_or(Json());
  std::vector<Pair> pairs;
  const Json* vectors = find(root, "vectors");
  if (!vectors || !vectors->is_array()) return pairs;
  for (const Json& entry : vectors->as_array()) {
    const Json* registration = find(entry, "registration");
    const Json* authentication = find(entry, "authentication");
    if (!registration || !authentication) continue;
    pairs.push_back(
        {string_or(entry, "title"),
         expectation(root, *registration),
         expectation(root, *authentication),
         {hex(*registration, "clientDataJSON"), hex(*registration, "attestationObject")},
         {hex(*authentication, "clientDataJSON"), hex(*authentication, "authenticatorData"),
          hex(*authentication, "signature")}});
  }
  return pairs;
}

using Change = std::function<void(Expectation&)>;
const std::vector<std::pair<std::string_view, Change>>& other_expectations() {
  static const std::vector<std::pair<std::string_view, Change>> all{
      {"another challenge", [](Expectation& e) { e.challenge.front() ^= 1; }},
      {"a shorter challenge", [](Expectation& e) { e.challenge.pop_back(); }},
      {"another origin", [](Expectation& e) { e.origins = {"https://example.net"}; }},
      {"another relying party", [](Expectation& e) { e.rp_id = "example.net"; }},
  };
  return all;
}

void check_registration(const Pair& pair, Tally& tally) {
  const auto taken = [](const Expectation& expected, const RegistrationResponse& response) {
    return verify_registration(expected, response).has_value();
  };
  tally.check(taken(pair.registering, pair.registration), pair, "registration");
  for (const auto& [what, change] : other_expectations()) {
    Expectation expected = pair.registering;
    change(expected);
    tally.check(!taken(expected, pair.registration), pair, what);
  }
  RegistrationResponse response = pair.registration;
  response.attestation_object.push_back(0);
  tally.check(!taken(pair.registering, response), pair, "a byte after the attestation object");
  response = pair.registration;
  response.attestation_object.pop_back();
  tally.check(!taken(pair.registering, response), pair, "an attestation object cut short");
  response = {pair.assertion.client_data_json, pair.registration.attestation_object};
  Expectation expected = pair.authenticating;
  tally.check(!taken(expected, response), pair, "the data of an assertion in a registration");
}

void check_assertion(const Pair& pair, const Credential& credential, Tally& tally) {
  const auto taken = [](const Expectation& expected, const Credential& by,
                        const AssertionResponse& response) {
    return verify_assertion(expected, by, response).has_value();
  };
  tally.check(taken(pair.authenticating, credential, pair.assertion), pair, "assertion");
  for (const auto& [what, change] : other_expectations()) {
    Expectation expected = pair.authenticating;
    change(expected);
    tally.check(!taken(expected, credential, pair.assertion), pair, what);
  }
  AssertionResponse response = pair.assertion;
  response.signature.back() ^= 1;
  tally.check(!taken(pair.authenticating, credential, response), pair, "another signature");
  for (const int flag : {0x01, 0x04, 0x08, 0x10}) {
    response = pair.assertion;
    response.authenticator_data[32] ^= static_cast<std::uint8_t>(flag);
    tally.check(!taken(pair.authenticating, credential, response), pair, "another flag");
  }
  Credential ahead = credential;
  ahead.sign_count = UINT32_MAX;
  tally.check(!taken(pair.authenticating, ahead, pair.assertion), pair, "an old counter");
  Credential other = credential;
  other.public_key.back() ^= 1;
  tally.check(!taken(pair.authenticating, other, pair.assertion), pair, "another key");
  response = pair.assertion;
  response.client_data_json = pair.registration.client_data_json;
  tally.check(!taken(pair.registering, credential, response), pair, "of a registration");
}

int run(const fs::path& directory) {
  Tally all;
  for (const auto& entry : fs::directory_iterator(directory)) {
    if (entry.path().extension() != ".json") continue;
    for (const Pair& pair : read_pairs(entry.path())) {
      Tally own;
      check_registration(pair, own);
      const auto credential = verify_registration(pair.registering, pair.registration);
      if (credential) check_assertion(pair, *credential, own);
      else own.check(false, pair, credential.error().detail);
      fmt::print("{}: {} of {}\n", pair.title, own.passed, own.total);
      all.passed += own.passed;
      all.total += own.total;
    }
  }
  fmt::print("passed {} of {}\n", all.passed, all.total);
  return all.total > 0 && all.passed == all.total ? 0 : 1;
}

}  // namespace
}  // namespace minben::identity

int main(int argc, char** argv) {
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    fmt::print(stderr, "usage: webauthn DIR    (conformance/webauthn of the shared data)\n");
    return 2;
  }
  return minben::identity::run(argv[1]);
}
