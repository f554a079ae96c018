// conformance/jose DIR: JOSE and bare signatures against Wycheproof's vectors in DIR
// (conformance/jose of the shared data). A vector passes when what is invalid is refused and what
// is valid is taken, with the plaintext that it should have. What an algorithm outside the
// allow-list would need is refused and named. One line a file; the last line is "passed N of M".
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "core/core.hpp"
#include "trust/jose.hpp"

namespace minben::trust {
namespace {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

constexpr std::array signature_algorithms{"HS256"sv, "HS384"sv, "HS512"sv, "RS256"sv, "RS384"sv,
                                          "RS512"sv, "PS256"sv, "PS384"sv, "PS512"sv, "ES256"sv,
                                          "ES384"sv, "ES512"sv, "EdDSA"sv};
constexpr std::array key_algorithms{
    "dir"sv,       "A128KW"sv,         "A192KW"sv,         "A256KW"sv,        "A128GCMKW"sv,
    "A192GCMKW"sv, "A256GCMKW"sv,      "RSA-OAEP"sv,       "RSA-OAEP-256"sv,  "RSA1_5"sv,
    "ECDH-ES"sv,   "ECDH-ES+A128KW"sv, "ECDH-ES+A192KW"sv, "ECDH-ES+A256KW"sv};
constexpr std::array content_algorithms{"A128CBC-HS256"sv, "A192CBC-HS384"sv, "A256CBC-HS512"sv,
                                        "A128GCM"sv,       "A192GCM"sv,       "A256GCM"sv};

struct Tally {
  int passed = 0, total = 0;
  std::map<std::string, int> outside{};  ///< valid ones, by an algorithm that is not allowed here
};

Json read_json(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return parse_json(text, {.max_bytes = 16u << 20}).value_or(Json());
}

/// The public keys where there are some.
Result<JwkSet> keys_of(const Json& group, std::string_view which) {
  const Json* key = find(group, which);
  if (!key) return fail(Kind::not_found, "no_key", which);
  if (find(*key, "keys")) return JwkSet::parse(*key);
  MINBEN_TRY(one, Jwk::parse(*key));
  return JwkSet(std::move(one));
}

/// JSON where the compact form is expected is given on as its text.
std::string text_of(const Json& test, std::string_view name) {
  const Json* value = find(test, name);
  if (!value) return {};
  return value->is_string() ? std::string(value->as_string()) : write_json(*value);
}

/// "" when it was taken, else why not.
std::string verdict_of_jws(const Json& group, const std::string& text) {
  const auto keys = keys_of(group, find(group, "public") ? "public" : "private");
  if (!keys) return keys.error().code;
  const auto opened = open_jws(text, *keys, signature_algorithms);
  return opened ? std::string() : opened.error().code;
}

std::string verdict_of_jwe(const Json& group, const Json& test, const std::string& text) {
  const auto keys = keys_of(group, "private");
  if (!keys) return keys.error().code;
  const auto opened = open_jwe(text, *keys, {key_algorithms, content_algorithms, 1u << 20});
  if (!opened) return opened.error().code;
  const Json* plaintext = find(test, "pt");
  if (plaintext && hex_encode(opened->plaintext) != plaintext->as_string())
    return "wrong_plaintext";
  return {};
}

std::string verdict_of_signature(const Json& group, const Json& test, std::string_view file) {
  const auto bytes = [](const Json& from, std::string_view name) {
    return hex_decode(string_or(from, name)).value_or(Bytes());
  };
  const auto key = VerifyKey::from_spki(bytes(group, "publicKeyDer"));
  if (!key) return key.error().code;
  const Bytes message = bytes(test, "msg"), signature = bytes(test, "sig");
  const bool der = file == "ecdsa_secp256r1_sha256_test.json";
  const bool good = der ? key->verify_der(message, signature) : key->verify(message, signature);
  return good ? "" : "signature_invalid";
}

std::string verdict(const Json& group, const Json& test, std::string_view file) {
  if (find(test, "jws")) return verdict_of_jws(group, text_of(test, "jws"));
  if (find(test, "jwe")) return verdict_of_jwe(group, test, text_of(test, "jwe"));
  return verdict_of_signature(group, test, file);
}

void run_file(const fs::path& path, Tally& all) {
  const std::string file = path.filename();
  const Json json = read_json(path);
  const Json* groups = find(json, "testGroups");
  if (!groups) return;
  Tally own;
  const bool outside = file.starts_with("mldsa");
  for (const Json& group : groups->as_array())
    for (const Json& test : find(group, "tests")->as_array()) {
      ++own.total;
      const std::string expected = string_or(test, "result");
      const std::string why = outside ? "algorithm_not_allowed" : verdict(group, test, file);
      const bool good = why.empty() ? expected == "valid" : expected == "invalid";
      if (good) ++own.passed;
      else if (outside) ++own.outside[string_or(json, "algorithm")];
      else
        fmt::print("FAILED {} {}: {} was {}\n", file, get_integer(test, "tcId").value_or(0),
                   expected, why.empty() ? "taken" : why);
    }
  fmt::print("{}: {} of {}\n", file, own.passed, own.total);
  for (const auto& [algorithm, count] : own.outside)
    fmt::print("  refused, {} is not on the list: {} valid ones\n", algorithm, count);
  all.passed += own.passed;
  all.total += own.total;
}

int run(const fs::path& directory) {
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(directory))
    if (entry.path().extension() == ".json") files.insert(entry.path());
  Tally all;
  for (const fs::path& file : files) run_file(file, all);
  fmt::print("passed {} of {}\n", all.passed, all.total);
  return all.passed == all.total ? 0 : 1;
}

}  // namespace
}  // namespace minben::trust

int main(int argc, char** argv) {
  if (argc != 2 || !std::filesystem::is_directory(argv[1])) {
    fmt::print(stderr, "usage: jose DIR    (conformance/jose of the shared data)\n");
    return 2;
  }
  return minben::trust::run(argv[1]);
}
