#include "timestamp_authority/identity.hpp"

#include <fstream>

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace outside::timestamps {

namespace {

namespace fs = std::filesystem;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

constexpr seconds lifetime = days(3650);

Key make_key() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256")); }

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  MINBEN_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void set_name(X509* certificate, const char* common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  for (const auto& [type, value] : {std::pair{"C", "TW"}, {"CN", common_name}})
    MINBEN_ASSERT(X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8,
                                             reinterpret_cast<const unsigned char*>(value), -1, -1,
                                             0) == 1);
}

/// Not yet signed. `issuer` null: its own.
Certificate make_certificate(EVP_PKEY* holder, const char* name, const X509* issuer,
                             const Clock& clock) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  MINBEN_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1 | 1);
  const auto now = std::chrono::floor<seconds>(clock.now() - minutes(5)).time_since_epoch();
  ASN1_TIME_set(X509_getm_notBefore(made.get()), now.count());
  ASN1_TIME_set(X509_getm_notAfter(made.get()), (now + lifetime).count());
  set_name(made.get(), name);
  X509_set_issuer_name(made.get(), X509_get_subject_name(issuer == nullptr ? made.get() : issuer));
  MINBEN_ASSERT(X509_set_pubkey(made.get(), holder) == 1);
  return made;
}

template <auto write, class T>
std::string pem(T* object) {
  const Bio bio(BIO_new(BIO_s_mem()));
  MINBEN_ASSERT(write(bio.get(), object) == 1);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

int write_key(BIO* bio, EVP_PKEY* key) {
  return PEM_write_bio_PKCS8PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
}

Result<void> keep(const fs::path& file, const std::string& text, fs::perms mode) {
  const fs::path part = file.string() + ".part";
  std::ofstream(part, std::ios::binary).close();
  fs::permissions(part, mode);
  std::ofstream out(part, std::ios::binary);
  out << text << std::flush;
  std::error_code failed;
  if (out) fs::rename(part, file, failed);
  if (!out || failed) return fail(Kind::internal, "cannot_write_file", "", file.string());
  return {};
}

std::string read(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

Result<void> make_files(const fs::path& directory, const Clock& clock) {
  const Key root_key = make_key(), key = make_key();
  MINBEN_ASSERT(root_key && key);
  const Certificate root = make_certificate(root_key.get(), "Time root", nullptr, clock);
  extend(root.get(), root.get(), NID_basic_constraints, "critical,CA:TRUE");
  extend(root.get(), root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(root.get(), root.get(), NID_subject_key_identifier, "hash");
  MINBEN_ASSERT(X509_sign(root.get(), root_key.get(), EVP_sha256()) > 0);
  const Certificate own = make_certificate(key.get(), "Time stamps", root.get(), clock);
  extend(own.get(), root.get(), NID_key_usage, "critical,digitalSignature,nonRepudiation");
  extend(own.get(), root.get(), NID_ext_key_usage, "critical,timeStamping");
  extend(own.get(), root.get(), NID_authority_key_identifier, "keyid:always");
  MINBEN_ASSERT(X509_sign(own.get(), root_key.get(), EVP_sha256()) > 0);
  constexpr auto public_mode = fs::perms(0644), secret_mode = fs::perms(0600);
  MINBEN_CHECK(keep(directory / "authority.key.pem", pem<write_key>(key.get()), secret_mode));
  MINBEN_CHECK(keep(directory / "root.pem", pem<PEM_write_bio_X509>(root.get()), public_mode));
  // Last: where it is, the others are too.
  return keep(directory / "authority.pem", pem<PEM_write_bio_X509>(own.get()), public_mode);
}

}  // namespace

Result<Identity> load_or_make_identity(const fs::path& directory, const Clock& clock) {
  std::error_code failed;
  fs::create_directories(directory, failed);
  if (failed)
    return fail(Kind::internal, "cannot_write_file", failed.message(), directory.string());
  if (!fs::exists(directory / "authority.pem")) MINBEN_CHECK(make_files(directory, clock));
  const std::string key = read(directory / "authority.key.pem");
  const std::string certificate = read(directory / "authority.pem");
  const Bio key_bio(BIO_new_mem_buf(key.data(), static_cast<int>(key.size())));
  const Bio bio(BIO_new_mem_buf(certificate.data(), static_cast<int>(certificate.size())));
  Identity loaded{Key(PEM_read_bio_PrivateKey(key_bio.get(), nullptr, nullptr, nullptr)),
                  Certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)),
                  read(directory / "root.pem")};
  if (!loaded.key || !loaded.certificate ||
      X509_check_private_key(loaded.certificate.get(), loaded.key.get()) != 1)
    return fail(Kind::invalid, "not_an_identity", "key and certificate do not belong together",
                directory.string());
  return loaded;
}

}  // namespace outside::timestamps
