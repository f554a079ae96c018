#include "citizen_authority/keys.hpp"

#include <fstream>

#include <openssl/bn.h>
#include <openssl/pem.h>

namespace outside::citizens {

namespace {

namespace fs = std::filesystem;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

std::string text_of(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

}  // namespace

std::string pem_of(X509* certificate) {
  const Bio bio(BIO_new(BIO_s_mem()));
  MINBEN_ASSERT(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  const Bio bio(BIO_new(BIO_s_mem()));
  MINBEN_ASSERT(
      PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

std::string serial_of(const X509* certificate) {
  BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr);
  char* text = BN_bn2hex(number);
  std::string out = to_lower_ascii(text);
  OPENSSL_free(text);
  BN_free(number);
  return out;
}

Result<void> write_file(const fs::path& file, std::string_view text, bool secret) {
  const fs::path part = file.string() + ".part";
  std::ofstream(part, std::ios::binary).close();
  std::error_code failed;
  fs::permissions(part, fs::perms(secret ? 0600 : 0644), failed);
  std::ofstream out(part, std::ios::binary);
  out << text << std::flush;
  if (out) fs::rename(part, file, failed);
  if (!out || failed) return fail(Kind::internal, "cannot_write_file", "", file.string());
  return {};
}

Result<std::string> read_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Kind::invalid, "cannot_read_file", "", file.string());
  return std::string(std::istreambuf_iterator<char>(in), {});
}

Result<void> save(const Identity& identity, const fs::path& directory, const std::string& name) {
  MINBEN_CHECK(write_file(directory / (name + ".key.pem"), pem_of(identity.key.get()), true));
  return write_file(directory / (name + ".pem"), pem_of(identity.certificate.get()), false);
}

Result<Identity> load(const fs::path& directory, const std::string& name) {
  MINBEN_TRY(key, read_file(directory / (name + ".key.pem")));
  MINBEN_TRY(certificate, read_file(directory / (name + ".pem")));
  const Bio key_bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  const Bio bio(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  Identity loaded{Key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr)),
                  Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr))};
  if (!loaded.key || !loaded.certificate ||
      X509_check_private_key(loaded.certificate.get(), loaded.key.get()) != 1)
    return fail(Kind::invalid, "not_an_identity", "key and certificate do not belong together",
                (directory / name).string());
  return loaded;
}

}  // namespace outside::citizens
