#pragma once
// An authenticator in software: one discoverable ES256 credential, attestation `none`.
#include "core/core.hpp"
#include "trust/trust.hpp"

namespace minben::identity {

class SoftAuthenticator {
 public:
  explicit SoftAuthenticator(std::string rp_id = "localhost",
                             std::string origin = "http://localhost:8080")
      : rp_id_(std::move(rp_id)), origin_(std::move(origin)) {}

  /// RegistrationResponseJSON for creation options.
  Json create(const Json& options) {
    user_handle_ = string_or(options.at("user"), "id");
    const std::string client_data = this->client_data("webauthn.create", options);
    Bytes object{0xa3};
    put_text(object, "fmt");
    put_text(object, "none");
    put_text(object, "attStmt");
    object.push_back(0xa0);
    put_text(object, "authData");
    put_bytes(object, authenticator_data(flags | 0x40, true));
    return {{"id", base64url_encode(id_)},
            {"rawId", base64url_encode(id_)},
            {"type", "public-key"},
            {"response",
             {{"clientDataJSON", base64url_encode(as_bytes(client_data))},
              {"attestationObject", base64url_encode(object)}}}};
  }

  /// AuthenticationResponseJSON for request options.
  Json get(const Json& options) {
    if (counts) ++counter;
    const std::string client_data = this->client_data("webauthn.get", options);
    const Bytes data = authenticator_data(flags, false);
    Bytes message = data;
    const Sha256 hash = sha256(client_data);
    message.insert(message.end(), hash.begin(), hash.end());
    return {{"id", base64url_encode(id_)},
            {"rawId", base64url_encode(id_)},
            {"type", "public-key"},
            {"response",
             {{"clientDataJSON", base64url_encode(as_bytes(client_data))},
              {"authenticatorData", base64url_encode(data)},
              {"signature", base64url_encode(key_.sign_der(message))},
              {"userHandle", user_handle_}}}};
  }

  std::uint8_t flags = 0x05;  ///< UP, UV
  std::uint32_t counter = 0;
  bool counts = true;
  void claim_to_be(const std::string& user_handle) { user_handle_ = user_handle; }

 private:
  [[nodiscard]] std::string client_data(std::string_view type, const Json& options) const {
    return write_json({{"type", type},
                       {"challenge", options.at("challenge")},
                       {"origin", origin_},
                       {"crossOrigin", false}});
  }
  static void put_text(Bytes& cbor, std::string_view text) {
    cbor.push_back(static_cast<std::uint8_t>(0x60 + text.size()));
    cbor.insert(cbor.end(), text.begin(), text.end());
  }
  static void put_bytes(Bytes& cbor, std::span<const std::uint8_t> bytes) {
    cbor.push_back(0x59);
    cbor.push_back(static_cast<std::uint8_t>(bytes.size() >> 8));
    cbor.push_back(static_cast<std::uint8_t>(bytes.size()));
    cbor.insert(cbor.end(), bytes.begin(), bytes.end());
  }
  [[nodiscard]] Bytes authenticator_data(int with_flags, bool with_credential) const {
    const Sha256 rp = sha256(rp_id_);
    Bytes data(rp.begin(), rp.end());
    data.push_back(static_cast<std::uint8_t>(with_flags));
    for (int shift = 24; shift >= 0; shift -= 8)
      data.push_back(static_cast<std::uint8_t>(counter >> shift));
    if (!with_credential) return data;
    data.insert(data.end(), 16, 0);  // aaguid
    data.push_back(0);
    data.push_back(static_cast<std::uint8_t>(id_.size()));
    data.insert(data.end(), id_.begin(), id_.end());
    const Bytes point = key_.verify_key().bytes();  // 04 ‖ x ‖ y
    const Bytes before_x{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20};
    data.insert(data.end(), before_x.begin(), before_x.end());
    data.insert(data.end(), point.begin() + 1, point.begin() + 33);
    const Bytes before_y{0x22, 0x58, 0x20};
    data.insert(data.end(), before_y.begin(), before_y.end());
    data.insert(data.end(), point.begin() + 33, point.end());
    return data;
  }
  static Bytes random_id() {
    SystemRandom random;
    Bytes id(32);
    random.fill(id);
    return id;
  }

  std::string rp_id_;
  std::string origin_;
  std::string user_handle_;
  Bytes id_ = random_id();
  trust::SigningKey key_ = trust::SigningKey::generate(trust::KeyType::p256);
};

}  // namespace minben::identity
