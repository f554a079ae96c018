// The vectors of W3C WebAuthn Level 3, and what must be refused of them.
#include "identity/webauthn.hpp"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>
#include <gtest/gtest.h>

#include "support/shared.hpp"

namespace minben::identity {
namespace {

Bytes hex(const Json& object, std::string_view name) {
  return *hex_decode(string_or(object, name));
}

struct Vector {
  std::string title;
  Expectation registering;
  RegistrationResponse registration;
  Expectation authenticating;
  AssertionResponse assertion;
};

/// The vectors' authenticators do not all verify the user, and two are embedded.
Expectation lenient(const Json& root, const Json& ceremony) {
  return {hex(ceremony, "challenge"),
          {string_or(root, "origin")},
          string_or(root, "rp_id"),
          false,
          true,
          {string_or(root, "topOrigin")}};
}

std::vector<Vector> read_vectors(const std::filesystem::path& path) {
  const Json root = *parse_json(test::read_file(path));
  std::vector<Vector> vectors;
  for (const Json& entry : root.at("vectors").as_array()) {
    const Json* registration = find(entry, "registration");
    if (registration == nullptr) continue;
    const Json& authentication = entry.at("authentication");
    vectors.push_back(
        {string_or(entry, "title"),
         lenient(root, *registration),
         {hex(*registration, "clientDataJSON"), hex(*registration, "attestationObject")},
         lenient(root, authentication),
         {hex(authentication, "clientDataJSON"), hex(authentication, "authenticatorData"),
          hex(authentication, "signature")}});
  }
  return vectors;
}

class Vectors : public testing::Test {
 protected:
  void SetUp() override {
    MINBEN_SHARED_OR_SKIP(path, "conformance/webauthn/webauthn-l3-test-vectors.json");
    vectors_ = read_vectors(path);
    ASSERT_EQ(vectors_.size(), 15u);
  }
  /// Runs `check` on each pair with its registered credential.
  void each_pair(const std::function<void(const Vector&, const Credential&)>& check) {
    for (const Vector& vector : vectors_) {
      SCOPED_TRACE(vector.title);
      const auto credential = verify_registration(vector.registering, vector.registration);
      ASSERT_TRUE(credential) << describe(credential.error());
      check(vector, *credential);
    }
  }
  std::vector<Vector> vectors_;
};

std::string step(const Result<Credential>& outcome) {
  return outcome ? "accepted" : outcome.error().detail;
}

void replace_in(Bytes& json, std::string_view from, std::string_view to) {
  std::string text(as_text(json));
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos);
  text.replace(at, from.size(), to);
  json.assign(text.begin(), text.end());
}

TEST_F(Vectors, EveryPairIsAccepted) {
  int accepted = 0;
  each_pair([&](const Vector& vector, const Credential& credential) {
    EXPECT_EQ(step(verify_assertion(vector.authenticating, credential, vector.assertion)),
              "accepted");
    ++accepted;
  });
  EXPECT_EQ(accepted, 15);
}

TEST_F(Vectors, OnlyWhatWasOfferedIsRegistered) {
  each_pair([](const Vector& vector, const Credential& credential) {
    Expectation expected = vector.registering;
    expected.algorithms = {credential.algorithm};
    EXPECT_EQ(step(verify_registration(expected, vector.registration)), "accepted");
    expected.algorithms = {credential.algorithm == CoseAlgorithm::rs256 ? CoseAlgorithm::es256
                                                                        : CoseAlgorithm::rs256};
    EXPECT_EQ(step(verify_registration(expected, vector.registration)),
              "public key: algorithm not offered");
  });
}

TEST_F(Vectors, AChangedExpectationIsRefused) {
  each_pair([](const Vector& vector, const Credential& credential) {
    const auto with = [&](const std::function<void(Expectation&)>& change) {
      Expectation registering = vector.registering, authenticating = vector.authenticating;
      change(registering);
      change(authenticating);
      const auto first = step(verify_registration(registering, vector.registration));
      const auto second = step(verify_assertion(authenticating, credential, vector.assertion));
      EXPECT_EQ(first, second);
      return second;
    };
    EXPECT_EQ(with([](Expectation& e) { e.challenge[3] ^= 1; }), "challenge");
    EXPECT_EQ(with([](Expectation& e) { e.challenge.pop_back(); }), "challenge");
    EXPECT_EQ(with([](Expectation& e) { e.origins = {"https://example.org.evil.test"}; }),
              "origin");
    EXPECT_EQ(with([](Expectation& e) { e.origins = {}; }), "origin");
    EXPECT_EQ(with([](Expectation& e) { e.rp_id = "example.com"; }), "rpIdHash");
  });
}

TEST_F(Vectors, EmbeddingIsRefusedUnlessExpected) {
  int embedded = 0;
  each_pair([&](const Vector& vector, const Credential&) {
    Expectation strict = vector.registering;
    strict.cross_origin = false;
    const bool is_embedded =
        vector.title.contains("crossOrigin") || vector.title.contains("topOrigin");
    EXPECT_EQ(step(verify_registration(strict, vector.registration)) != "accepted", is_embedded);
    embedded += is_embedded ? 1 : 0;
    if (!vector.title.contains("topOrigin")) return;
    strict.cross_origin = true;
    strict.top_origins = {"https://other.test"};
    EXPECT_EQ(step(verify_registration(strict, vector.registration)), "topOrigin");
  });
  EXPECT_EQ(embedded, 2);
}

TEST_F(Vectors, AnswersOfTheOtherCeremonyAreRefused) {
  each_pair([](const Vector& vector, const Credential& credential) {
    Expectation registering = vector.registering;
    EXPECT_EQ(
        step(verify_assertion(registering, credential,
                              {vector.registration.client_data_json,
                               vector.assertion.authenticator_data, vector.assertion.signature})),
        "type");
  });
}

TEST_F(Vectors, AChangedSignatureOrSignedByteIsRefused) {
  each_pair([](const Vector& vector, const Credential& credential) {
    for (std::size_t i = 0; i < vector.assertion.signature.size(); i += 7) {
      AssertionResponse changed = vector.assertion;
      changed.signature[i] ^= 0x40;
      EXPECT_EQ(step(verify_assertion(vector.authenticating, credential, changed)), "signature")
          << i;
    }
    AssertionResponse counted = vector.assertion;
    counted.authenticator_data[36] ^= 1;
    EXPECT_EQ(step(verify_assertion(vector.authenticating, credential, counted)), "signature");
    AssertionResponse extended = vector.assertion;
    replace_in(extended.client_data_json, "\"crossOrigin\":", "\"CrossOrigin\":");
    EXPECT_EQ(step(verify_assertion(vector.authenticating, credential, extended)), "signature");
  });
}

TEST_F(Vectors, FlagsAreHeldTo) {
  each_pair([](const Vector& vector, const Credential& credential) {
    const auto with_flags = [&](std::uint8_t set, std::uint8_t clear, bool verification = false) {
      AssertionResponse changed = vector.assertion;
      auto& flags = changed.authenticator_data[32];
      flags = static_cast<std::uint8_t>((flags | set) & ~clear);
      Expectation expected = vector.authenticating;
      expected.user_verification = verification;
      return step(verify_assertion(expected, credential, changed));
    };
    EXPECT_EQ(with_flags(0, 0x01), "flag UP");
    EXPECT_EQ(with_flags(0, 0x04, true), "flag UV");
    EXPECT_EQ(with_flags(0x10, 0x08), "flag BS without BE");
    EXPECT_EQ(with_flags(0x04, vector.assertion.authenticator_data[32] & 0x04), "signature");
    const std::uint8_t be = credential.backup_eligible ? 0x18 : 0;
    EXPECT_EQ(with_flags(credential.backup_eligible ? 0 : 0x08, be), "flag BE changed");
  });
}

TEST_F(Vectors, ACounterThatDoesNotGrowIsRefused) {
  each_pair([](const Vector& vector, const Credential& credential) {
    Credential ahead = credential;
    ahead.sign_count = 1'000'000;
    EXPECT_EQ(step(verify_assertion(vector.authenticating, ahead, vector.assertion)),
              "signature counter");
  });
}

TEST_F(Vectors, EveryAttestationIsOfThisRegistration) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> refusals{
      {{"Self Attestation", "attestation: signature"},
       {"Packed Attestation", "attestation: signature"},
       {"TPM", "attestation: certInfo"},
       {"Android", "attestation: signature"},
       {"Apple", "attestation: nonce"},
       {"U2F", "attestation: signature"}}};
  int attested = 0;
  for (Vector& vector : vectors_)
    for (const auto& [title, refusal] : refusals) {
      if (!vector.title.contains(title)) continue;
      SCOPED_TRACE(vector.title);
      replace_in(vector.registration.client_data_json, "\"crossOrigin\":", "\"CrossOrigin\":");
      EXPECT_EQ(step(verify_registration(vector.registering, vector.registration)), refusal);
      ++attested;
    }
  EXPECT_EQ(attested, 11);
}

TEST_F(Vectors, NoByteOfAnAttestationCanChange) {
  // Those of a certificate may: whose it is, is not judged here.
  for (const Vector& vector : vectors_) {
    if (vector.title.contains("None") || vector.title.contains("none")) continue;
    const AttestationObject object =
        parse_attestation_object(vector.registration.attestation_object).value();
    for (const Bytes* part : {&object.signature, &object.public_area, &object.certificate_info,
                              &object.authenticator_data}) {
      const Bytes& whole = vector.registration.attestation_object;
      const auto place = std::ranges::search(whole, *part);
      if (part->empty() || object.format == "none") continue;
      for (std::size_t i = 0; i < part->size(); i += 3) {
        // What FIDO's older message is made of leaves out flags, counter and model.
        const bool signs_all = object.format != "fido-u2f";
        if (!signs_all && part == &object.authenticator_data && i >= 32 && i < 53) continue;
        RegistrationResponse changed = vector.registration;
        changed.attestation_object[static_cast<std::size_t>(place.begin() - whole.begin()) + i] ^=
            0x01;
        EXPECT_NE(step(verify_registration(vector.registering, changed)), "accepted")
            << vector.title << " " << i;
      }
    }
  }
}

TEST_F(Vectors, AnotherKeyDoesNotVerify) {
  std::optional<Credential> previous;
  each_pair([&](const Vector& vector, const Credential& credential) {
    if (previous && previous->algorithm == credential.algorithm) {
      Credential swapped = credential;
      swapped.public_key = previous->public_key;
      EXPECT_EQ(step(verify_assertion(vector.authenticating, swapped, vector.assertion)),
                "signature");
    }
    previous = credential;
  });
  EXPECT_TRUE(previous.has_value());
}

/// libfido2's own opinion of an assertion.
bool fido_accepts(const Vector& vector, const Credential& credential) {
  fido_assert_t* assertion = fido_assert_new();
  const Sha256 hash = sha256(vector.assertion.client_data_json);
  const Bytes& data = vector.assertion.authenticator_data;
  fido_assert_set_count(assertion, 1);
  fido_assert_set_rp(assertion, vector.authenticating.rp_id.c_str());
  fido_assert_set_clientdata_hash(assertion, hash.data(), hash.size());
  fido_assert_set_authdata_raw(assertion, 0, data.data(), data.size());
  fido_assert_set_sig(assertion, 0, vector.assertion.signature.data(),
                      vector.assertion.signature.size());
  int outcome = FIDO_ERR_INVALID_ARGUMENT;
  if (credential.algorithm == CoseAlgorithm::es256) {
    es256_pk_t* key = es256_pk_new();
    es256_pk_from_ptr(key, credential.public_key.data(), credential.public_key.size());
    outcome = fido_assert_verify(assertion, 0, COSE_ES256, key);
    es256_pk_free(&key);
  } else {
    eddsa_pk_t* key = eddsa_pk_new();
    eddsa_pk_from_ptr(key, credential.public_key.data(), credential.public_key.size());
    outcome = fido_assert_verify(assertion, 0, COSE_EDDSA, key);
    eddsa_pk_free(&key);
  }
  fido_assert_free(&assertion);
  return outcome == FIDO_OK;
}

TEST_F(Vectors, AnIndependentVerifierAgrees) {
  fido_init(0);
  int compared = 0;
  each_pair([&](const Vector& vector, const Credential& credential) {
    // Of RSA it knows only 2048 bits, and of the other curves nothing.
    if (credential.algorithm != CoseAlgorithm::es256 &&
        credential.algorithm != CoseAlgorithm::eddsa)
      return;
    EXPECT_TRUE(fido_accepts(vector, credential));
    Vector changed = vector;
    changed.assertion.signature[12] ^= 1;
    EXPECT_FALSE(fido_accepts(changed, credential));
    ++compared;
  });
  EXPECT_EQ(compared, 11);
}

TEST_F(Vectors, EveryTruncationIsRefused) {
  for (const Vector& vector : vectors_) {
    const Bytes& whole = vector.registration.attestation_object;
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 300) {
      const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(parse_attestation_object(cut)) << vector.title << " " << size;
    }
    EXPECT_TRUE(parse_attestation_object(whole));
    Bytes longer = whole;
    longer.push_back(0);
    EXPECT_FALSE(parse_attestation_object(longer));
    const Bytes& data = vector.assertion.authenticator_data;
    EXPECT_TRUE(parse_authenticator_data(data));
    Bytes longer_data = data;
    longer_data.push_back(0);
    EXPECT_FALSE(parse_authenticator_data(longer_data));
    EXPECT_FALSE(parse_authenticator_data(std::span(data).first(data.size() - 1)));
  }
}

TEST(AttestationObject, CannotBeMadeToAllocateWithoutBound) {
  // A map that claims 2^32 pairs, an array of 2^60, nine levels of arrays, an indefinite text.
  for (const std::string_view bomb :
       {"ba ffffffff", "9b 1000000000000000", "818181818181818181 00", "7f 61 61 ff"}) {
    std::string digits;
    for (const char c : bomb)
      if (c != ' ') digits += c;
    EXPECT_FALSE(parse_attestation_object(*hex_decode(digits))) << bomb;
  }
}

}  // namespace
}  // namespace minben::identity
