#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "evp.hpp"

namespace minben::trust {

namespace {

constexpr std::uint8_t sealed_version = 1;
constexpr std::uint8_t wrapped_version = 2;
constexpr std::size_t id_bytes = std::tuple_size_v<MasterKeyId>;
constexpr std::size_t wrapped_bytes = 1 + id_bytes + gcm_nonce + 32 + gcm_tag;

std::string authenticated(std::string_view label, std::string_view id, std::string_view context) {
  std::string aad(label);
  aad.push_back('\0');
  aad.append(id).append(context);
  return aad;
}

/// Fetched once: OpenSSL 3 otherwise looks for the implementation each time.
const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

/// Appends nonce ‖ ciphertext ‖ tag.
void encrypt_onto(Bytes& out, Octets key, Octets plaintext, std::string_view aad, Random& random) {
  const std::size_t start = out.size();
  out.resize(start + gcm_nonce + plaintext.size() + gcm_tag);
  std::uint8_t* nonce = out.data() + start;
  std::uint8_t* body = nonce + gcm_nonce;
  random.fill({nonce, gcm_nonce});
  gcm_encrypt(aes_256_gcm(), key, nonce, plaintext, aad, body, body + plaintext.size());
}

/// The plaintext of nonce ‖ ciphertext ‖ tag, or nothing when anything was altered.
std::optional<Bytes> decrypt(Octets key, Octets box, std::string_view aad) {
  const Octets body = box.subspan(gcm_nonce, box.size() - gcm_nonce - gcm_tag);
  return gcm_decrypt(aes_256_gcm(), key, box.first(gcm_nonce), body, box.last(gcm_tag), aad);
}

constexpr std::string_view seal_label = "minben/seal/1";
constexpr std::string_view wrap_label = "minben/wrap/1";

}  // namespace

void gcm_encrypt(const EVP_CIPHER* cipher, Octets key, const std::uint8_t* nonce, Octets plaintext,
                 std::string_view aad, std::uint8_t* text, std::uint8_t* tag) {
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  bool good = EVP_EncryptInit_ex2(context.get(), cipher, key.data(), nonce, nullptr) == 1 &&
              EVP_EncryptUpdate(context.get(), nullptr, &size, as_bytes(aad).data(),
                                static_cast<int>(aad.size())) == 1;
  if (!plaintext.empty()) {
    good = good && EVP_EncryptUpdate(context.get(), text, &size, plaintext.data(),
                                     static_cast<int>(plaintext.size())) == 1;
  }
  std::array<std::uint8_t, gcm_tag> rest{};  // GCM leaves nothing for the last step
  good = good && EVP_EncryptFinal_ex(context.get(), rest.data(), &size) == 1 &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, gcm_tag, tag) == 1;
  MINBEN_ASSERT(good);
}

std::optional<Bytes> gcm_decrypt(const EVP_CIPHER* cipher, Octets key, Octets nonce, Octets text,
                                 Octets tag, std::string_view aad) {
  if (nonce.size() != gcm_nonce || tag.size() != gcm_tag) return std::nullopt;
  Bytes expected(tag.begin(), tag.end());
  Bytes plaintext(text.size());
  const CipherContext context(EVP_CIPHER_CTX_new());
  int size = 0;
  bool good = EVP_DecryptInit_ex2(context.get(), cipher, key.data(), nonce.data(), nullptr) == 1 &&
              EVP_DecryptUpdate(context.get(), nullptr, &size, as_bytes(aad).data(),
                                static_cast<int>(aad.size())) == 1;
  if (!text.empty()) {
    good = good && EVP_DecryptUpdate(context.get(), plaintext.data(), &size, text.data(),
                                     static_cast<int>(text.size())) == 1;
  }
  std::array<std::uint8_t, gcm_tag> rest{};
  good = good &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, gcm_tag, expected.data()) == 1 &&
         EVP_DecryptFinal_ex(context.get(), rest.data(), &size) == 1;
  ERR_clear_error();
  if (good) return plaintext;
  wipe(plaintext);
  return std::nullopt;
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_(other.bytes_) {
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}
SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
  }
  return *this;
}
SecretKey::~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

DataKey DataKey::generate(Random& random) {
  DataKey key;
  random.fill(key.bytes_);
  return key;
}

Result<DataKey> DataKey::from_bytes(Octets bytes) {
  if (bytes.size() != 32) return fail(Kind::invalid, "not_a_key", "a data key has 32 bytes");
  DataKey key;
  std::ranges::copy(bytes, key.bytes_.begin());
  return key;
}

MasterKey::MasterKey(Octets bytes) {
  std::ranges::copy(bytes, bytes_.begin());
  const Sha256 mac = hmac_sha256(bytes_, as_bytes("minben/master/1"));
  std::copy_n(mac.begin(), id_.size(), id_.begin());
}

MasterKey MasterKey::generate(Random& random) {
  Bytes bytes(32);
  random.fill(bytes);
  MasterKey key(bytes);
  wipe(bytes);
  return key;
}

Result<MasterKey> MasterKey::from_bytes(Octets bytes) {
  if (bytes.size() != 32) return fail(Kind::invalid, "not_a_key", "a master key has 32 bytes");
  return MasterKey(bytes);
}

Bytes wrap(const MasterKey& master, const DataKey& key, std::string_view context, Random& random) {
  const MasterKeyId& id = master.id();
  Bytes out{wrapped_version};
  out.insert(out.end(), id.begin(), id.end());
  encrypt_onto(out, master.bytes(), key.bytes(), authenticated(wrap_label, as_text(id), context),
               random);
  return out;
}

Result<MasterKeyId> wrapped_by(Octets wrapped) {
  if (wrapped.size() != wrapped_bytes || wrapped[0] != wrapped_version)
    return fail(Kind::invalid, "not_a_wrapped_key", "unknown version or length");
  MasterKeyId id;
  std::ranges::copy(wrapped.subspan(1, id.size()), id.begin());
  return id;
}

Result<DataKey> unwrap(const MasterKey& master, Octets wrapped, std::string_view context) {
  MINBEN_TRY(id, wrapped_by(wrapped));
  if (id != master.id())
    return fail(Kind::internal, "other_master_key", "wrapped by another master key");
  auto bytes = decrypt(master.bytes(), wrapped.subspan(1 + id_bytes),
                       authenticated(wrap_label, as_text(id), context));
  if (!bytes)
    return fail(Kind::internal, "unwrap_failed",
                "the wrapped key was altered or belongs elsewhere");
  auto key = DataKey::from_bytes(*bytes);
  wipe(*bytes);
  return key;
}

Result<Bytes> seal(const DataKey& key, Octets plaintext, std::string_view context, Random& random) {
  if (plaintext.size() > max_plaintext)
    return fail(Kind::too_large, "too_large", "at most 64 MiB are sealed at once");
  Bytes out;
  out.reserve(plaintext.size() + sealing_overhead);
  out.push_back(sealed_version);
  encrypt_onto(out, key.bytes(), plaintext, authenticated(seal_label, {}, context), random);
  return out;
}

Result<Bytes> open(const DataKey& key, Octets sealed, std::string_view context) {
  if (sealed.size() < sealing_overhead || sealed.size() > max_plaintext + sealing_overhead ||
      sealed[0] != sealed_version) {
    return fail(Kind::invalid, "not_sealed", "unknown version or length");
  }
  auto plaintext = decrypt(key.bytes(), sealed.subspan(1), authenticated(seal_label, {}, context));
  if (!plaintext)
    return fail(Kind::internal, "open_failed", "altered, or sealed with another key or context");
  return std::move(*plaintext);
}

}  // namespace minben::trust
