#pragma once
// Receipts and files of them with the verdicts that this library gives, for the browser's verifiers
// to give the same (tests/browser/receipts.mjs).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "core/core.hpp"
#include "ledger/ledger.hpp"
#include "ledger/policy.hpp"
#include "support/shared.hpp"
#include "trees.hpp"

namespace minben::ledger::test {

inline std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[') + "1" +
         std::string(static_cast<std::size_t>(depth), ']');
}

inline std::string verdict(std::string_view text, std::string_view vkey) {
  const auto verified = verify_receipt(text, vkey);
  return verified ? fmt::format("valid {} of {}", verified->index, verified->checkpoint.size)
                  : fmt::format("{}: {}", verified.error().field, verified.error().code);
}

struct BrowserCases : testing::Test {
  static constexpr std::string_view origin = "minben.example/browser";
  minben::test::TemporaryDirectory temporary;
  trust::SigningKey key = trust::SigningKey::from_ed25519_seed(sha256("browser")).value();
  std::string vkey = NoteVerifier::make(origin, key.verify_key())->vkey();
  SeededRandom random{20261129};
  JsonArray cases;
  int good = 0;

  /// Gives all cases to the browser's verifier.
  void compare() {
    const std::filesystem::path manifest =
        std::filesystem::path(MINBEN_BINARY_DIR) / "share/static/manifest.json";
    ASSERT_EQ(std::system("node --version >/dev/null"), 0) << "packages.debian.txt asks for it";
    const std::filesystem::path file = temporary.path() / "cases.json";
    std::ofstream(file) << write_json(cases);
    const std::string command = fmt::format("node {}/tests/browser/receipts.mjs {} {}",
                                            MINBEN_SOURCE_DIR, file.string(), manifest.string());
    EXPECT_EQ(std::system(command.c_str()), 0);
  }
};

/// Three that cosign, and one whose key is of a type that is not verified here.
struct Witnesses {
  std::vector<Cosigner> cosigners;
  std::string names;
  Witnesses() {
    for (const char* name : {"w1", "w2", "w3"}) {
      cosigners.push_back(cosigner(name));
      names += fmt::format("witness {} {}\n", name, cosigners.back().verifier().vkey());
    }
    const Bytes unverified(mldsa_cosignature_key_bytes, 3);
    Bytes typed{mldsa_cosignature_key_type};
    typed.insert(typed.end(), unverified.begin(), unverified.end());
    Bytes named{'w', '4', '\n'};
    named.insert(named.end(), typed.begin(), typed.end());
    const Hash id = sha256(named);
    names +=
        fmt::format("witness w4 w4+{}+{}\n", hex_encode(Octets(id).first(4)), base64_encode(typed));
  }
  /// The receipt with these cosignatures: an index of the cosigners and a time, 0 = spoiled.
  [[nodiscard]] std::string cosigned(const std::string& text,
                                     const std::vector<std::pair<int, int>>& by) const {
    Json json = parse_json(text).value();
    std::string whole;
    for (const Json& line : json.at("proof").as_array())
      whole += std::string(line.as_string()) + "\n";
    TlogProof proof = parse_tlog_proof(whole).value();
    Note note = parse_note(proof.checkpoint).value();
    for (const auto& [index, time] : by) {
      const auto at = Instant(seconds(std::max(time, 1)));
      NoteSignature line = cosigners[static_cast<std::size_t>(index)].sign(note.text, at);
      if (time == 0) line.signature[7] = 0;
      note.signatures.push_back(line);
    }
    proof.checkpoint = write_note(note);
    JsonArray lines;
    const std::string written = write_tlog_proof(proof);
    for (const std::string_view line :
         split(std::string_view(written).substr(0, written.size() - 1), '\n'))
      lines.push_back(Json(std::string(line)));
    json.at("proof") = std::move(lines);
    return write_json_pretty(json) + (text.ends_with('\n') ? "\n" : "");
  }
};

}  // namespace minben::ledger::test
