#pragma once
#include <gtest/gtest.h>

#include "identity/identity.hpp"
#include "openid/clients.hpp"
#include "openid/openid.hpp"
#include "openid/proof.hpp"
#include "support/database.hpp"
#include "support/shared.hpp"

namespace minben::openid {

inline constexpr std::string_view issuer = "https://minben.example";
inline constexpr std::string_view callback = "https://land.example/callback";
inline constexpr std::string_view verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// A key of a client, or of one who holds tokens.
struct TestKey {
  trust::SigningKey key = trust::SigningKey::generate(trust::KeyType::p256);
  trust::Jwk jwk = trust::Jwk::of(key, "ES256");

  [[nodiscard]] std::string sign(const JsonObject& claims, JsonObject header = {}) const {
    return trust::make_jws(as_bytes(write_json(claims)), jwk, "ES256", std::move(header)).value();
  }
};

inline JsonObject metadata(const TestKey& key, std::string_view id = "land-office") {
  return {{"client_id", id},
          {"client_name", "Land Office"},
          {"client_name#zh-Hant", "地政事務所"},
          {"redirect_uris", {callback}},
          {"grant_types", {"authorization_code", "refresh_token"}},
          {"scope", "openid profile email offline_access"},
          {"jwks", {{"keys", {key.jwk.public_json()}}}}};
}

inline Client client_of(const JsonObject& json) {
  auto client = read_client(write_json(json));
  if (!client) ADD_FAILURE() << describe(client.error().front());
  return std::move(client).value();
}

inline net::Form form_of(std::initializer_list<std::pair<std::string_view, std::string_view>> all) {
  net::Form form;
  for (const auto& [name, value] : all) form.add(std::string(name), std::string(value));
  return form;
}

}  // namespace minben::openid
