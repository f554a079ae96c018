#include "trust/rsa.hpp"

#include <fstream>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "evp.hpp"

namespace minben::trust {

namespace {

constexpr int key_bits = 3072;
constexpr int least_bits = 2048;
constexpr long valid_seconds = 10L * 365 * 24 * 3600;

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  MINBEN_ASSERT(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) ==
                1);
  return bio_text(bio.get());
}

Result<Pkey> key_in(const std::filesystem::path& path) {
  MINBEN_TRY(pem, read_secret_file(path));
  const Bio bio = memory_bio(pem);
  Pkey key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr));
  wipe(pem);
  if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_bits(key.get()) < least_bits)
    return fail(Kind::invalid, "bad_key", "expected an RSA key of 2048 bits or more",
                path.string());
  return key;
}

Bytes self_signed(EVP_PKEY* key, std::string_view common_name, const Clock& clock) {
  const X509Ptr certificate(X509_new());
  MINBEN_ASSERT(certificate && X509_set_version(certificate.get(), 2) == 1);
  std::array<std::uint8_t, 16> serial{};
  SystemRandom().fill(serial);
  serial[0] &= 0x7f;
  BIGNUM* number = BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr);
  BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate.get()));
  BN_free(number);
  const auto now = std::chrono::duration_cast<seconds>(clock.now().time_since_epoch()).count();
  ASN1_TIME_set(X509_getm_notBefore(certificate.get()), now);
  ASN1_TIME_set(X509_getm_notAfter(certificate.get()), now + valid_seconds);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  MINBEN_ASSERT(
      X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) == 1);
  MINBEN_ASSERT(X509_set_issuer_name(certificate.get(), name) == 1);
  MINBEN_ASSERT(X509_set_pubkey(certificate.get(), key) == 1);
  MINBEN_ASSERT(X509_sign(certificate.get(), key, EVP_sha256()) > 0);
  return encoded<i2d_X509>(certificate.get());
}

Result<Bytes> read_certificate_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  Bytes der(std::istreambuf_iterator<char>(in), {});
  const unsigned char* at = der.data();
  const X509Ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (!certificate) return fail(Kind::invalid, "not_a_certificate", "expected DER", path.string());
  return der;
}

std::optional<Bytes> cipher(bool encrypt, Octets key, Octets iv, Octets text) {
  MINBEN_ASSERT(key.size() == 32 && iv.size() == 16);
  const CipherContext context(EVP_CIPHER_CTX_new());
  MINBEN_ASSERT(EVP_CipherInit_ex(context.get(), EVP_aes_256_cbc(), nullptr, key.data(), iv.data(),
                                  encrypt ? 1 : 0) == 1);
  Bytes out(text.size() + 16);
  int written = 0;
  int last = 0;
  if (EVP_CipherUpdate(context.get(), out.data(), &written, text.data(),
                       static_cast<int>(text.size())) != 1 ||
      EVP_CipherFinal_ex(context.get(), out.data() + written, &last) != 1)
    return std::nullopt;
  out.resize(static_cast<std::size_t>(written + last));
  return out;
}

}  // namespace

Result<RsaSeal> RsaSeal::load_or_create(const std::filesystem::path& directory,
                                        std::string_view name, std::string_view common_name,
                                        const Clock& clock) {
  const auto key_path = directory / (std::string(name) + ".key.pem");
  const auto certificate_path = directory / (std::string(name) + ".cer");
  if (!std::filesystem::exists(key_path)) {
    std::filesystem::create_directories(directory);
    const Pkey made(EVP_RSA_gen(key_bits));
    MINBEN_ASSERT(made != nullptr);
    // The certificate first: a key without one could never be used.
    const Bytes der = self_signed(made.get(), common_name, clock);
    MINBEN_CHECK(write_secret_file(certificate_path, as_text(der)));
    std::string pem = pem_of(made.get());
    const auto written = write_secret_file(key_path, pem);
    wipe(pem);
    MINBEN_CHECK(written);
  }
  MINBEN_TRY(key, key_in(key_path));
  MINBEN_TRY(certificate, read_certificate_file(certificate_path));
  return RsaSeal(KeyAccess::shared(std::move(key)), std::move(certificate));
}

Bytes RsaSeal::sign(Octets message) const {
  const MdContext context(EVP_MD_CTX_new());
  auto* key = static_cast<EVP_PKEY*>(key_.get());
  std::size_t size = 0;
  MINBEN_ASSERT(EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1);
  MINBEN_ASSERT(EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
  Bytes signature(size);
  MINBEN_ASSERT(
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
  signature.resize(size);
  return signature;
}

bool rsa_verify(Octets certificate, Octets message, Octets signature) {
  const unsigned char* at = certificate.data();
  const X509Ptr read(d2i_X509(nullptr, &at, static_cast<long>(certificate.size())));
  if (!read) return false;
  EVP_PKEY* key = X509_get0_pubkey(read.get());
  if (key == nullptr || EVP_PKEY_base_id(key) != EVP_PKEY_RSA) return false;
  const MdContext context(EVP_MD_CTX_new());
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                          message.size()) == 1;
}

Bytes cbc_encrypt(Octets key, Octets iv, Octets plaintext) {
  auto made = cipher(true, key, iv, plaintext);
  MINBEN_ASSERT(made.has_value());
  return std::move(*made);
}

std::optional<Bytes> cbc_decrypt(Octets key, Octets iv, Octets ciphertext) {
  return cipher(false, key, iv, ciphertext);
}

}  // namespace minben::trust
