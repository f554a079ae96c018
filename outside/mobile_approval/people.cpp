#include "mobile_approval/people.hpp"

#include <fstream>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "core/freer.hpp"

namespace outside::approval {

namespace {

namespace fs = std::filesystem;

using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using Bio = std::unique_ptr<BIO, Freer<BIO_free_all>>;

constexpr days authority_lifetime{3650}, person_lifetime{1095};

struct Holder {
  Key key;
  Certificate certificate;
};

void extend(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  MINBEN_ASSERT(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

void add_name(X509* certificate, const char* type, const std::string& value) {
  MINBEN_ASSERT(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), type, MBSTRING_UTF8,
                                           reinterpret_cast<const unsigned char*>(value.data()),
                                           static_cast<int>(value.size()), -1, 0) == 1);
}

/// SubjectDirectoryAttributes with the last four of the national id, as the government's PKI has
/// it: SEQUENCE { SEQUENCE { OID 2.16.886.1.100.2.51, SET { PrintableString } } }.
void add_last_four(X509* certificate, std::string_view last_four) {
  const std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>> oid(
      OBJ_txt2obj("2.16.886.1.100.2.51", 1));
  unsigned char* encoded = nullptr;
  const int oid_size = i2d_ASN1_OBJECT(oid.get(), &encoded);
  std::string attribute(reinterpret_cast<char*>(encoded), static_cast<std::size_t>(oid_size));
  OPENSSL_free(encoded);
  const auto wrap = [](char tag, const std::string& content) {
    return std::string{tag, static_cast<char>(content.size())} + content;
  };
  attribute += wrap(0x31, wrap(0x13, std::string(last_four)));
  const std::string value = wrap(0x30, wrap(0x30, attribute));
  const std::unique_ptr<ASN1_OCTET_STRING, Freer<ASN1_OCTET_STRING_free>> octets(
      ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(octets.get(), reinterpret_cast<const unsigned char*>(value.data()),
                        static_cast<int>(value.size()));
  const std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>> extension_id(
      OBJ_txt2obj("2.5.29.9", 1));
  const std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509_EXTENSION_create_by_OBJ(nullptr, extension_id.get(), 0, octets.get()));
  MINBEN_ASSERT(X509_add_ext(certificate, extension.get(), -1) == 1);
}

Certificate new_certificate(EVP_PKEY* key, const Clock& clock, days lifetime) {
  Certificate made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  std::uint64_t serial = 0;
  MINBEN_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(made.get()), serial >> 1 | 1);
  const auto now = std::chrono::floor<seconds>(clock.now() - minutes(5)).time_since_epoch();
  ASN1_TIME_set(X509_getm_notBefore(made.get()), now.count());
  ASN1_TIME_set(X509_getm_notAfter(made.get()), (now + seconds(lifetime)).count());
  MINBEN_ASSERT(X509_set_pubkey(made.get(), key) == 1);
  add_name(made.get(), "C", "TW");
  return made;
}

Holder make_authority(const Clock& clock) {
  Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  Certificate made = new_certificate(key.get(), clock, authority_lifetime);
  add_name(made.get(), "CN", "Mobile approval, test authority");
  X509_set_issuer_name(made.get(), X509_get_subject_name(made.get()));
  extend(made.get(), made.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
  extend(made.get(), made.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  extend(made.get(), made.get(), NID_subject_key_identifier, "hash");
  MINBEN_ASSERT(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
  return {std::move(key), std::move(made)};
}

Holder make_person(const Person& person, const Holder& authority, const Clock& clock) {
  const bool odd = (person.number.back() - '0') % 2 == 1;
  Key key(odd ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", std::size_t{2048})
              : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
  Certificate made = new_certificate(key.get(), clock, person_lifetime);
  add_name(made.get(), "CN", person.name);
  // The authority's own number for the holder: it stays when a phone and its key change.
  const std::string hex = hex_encode(sha256("mobile-approval/" + person.number));
  add_name(made.get(), "serialNumber", hex.substr(0, 16));
  X509_set_issuer_name(made.get(), X509_get_subject_name(authority.certificate.get()));
  extend(made.get(), authority.certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  extend(made.get(), authority.certificate.get(), NID_key_usage, "critical,digitalSignature");
  extend(made.get(), authority.certificate.get(), NID_subject_key_identifier, "hash");
  extend(made.get(), authority.certificate.get(), NID_authority_key_identifier, "keyid:always");
  add_last_four(made.get(), std::string_view(person.number).substr(person.number.size() - 4));
  MINBEN_ASSERT(X509_sign(made.get(), authority.key.get(), EVP_sha256()) > 0);
  return {std::move(key), std::move(made)};
}

Result<void> save(const Holder& holder, const fs::path& stem) {
  fs::path key_file = stem, certificate_file = stem;
  key_file += ".key.pem";
  certificate_file += ".pem";
  const Bio out(BIO_new_file(key_file.c_str(), "w"));
  fs::permissions(key_file, fs::perms::owner_read | fs::perms::owner_write);
  const Bio open(BIO_new_file(certificate_file.c_str(), "w"));
  if (!out || !open ||
      PEM_write_bio_PrivateKey(out.get(), holder.key.get(), nullptr, nullptr, 0, nullptr,
                               nullptr) != 1 ||
      PEM_write_bio_X509(open.get(), holder.certificate.get()) != 1)
    return fail(Kind::internal, "cannot_write", "a key was not written", key_file.string());
  return {};
}

std::optional<Holder> load_holder(const fs::path& stem) {
  fs::path key_file = stem, certificate_file = stem;
  key_file += ".key.pem";
  certificate_file += ".pem";
  const Bio key_in(BIO_new_file(key_file.c_str(), "r"));
  const Bio certificate_in(BIO_new_file(certificate_file.c_str(), "r"));
  if (!key_in || !certificate_in) return std::nullopt;
  Holder holder{Key(PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr)),
                Certificate(PEM_read_bio_X509(certificate_in.get(), nullptr, nullptr, nullptr))};
  if (!holder.key || !holder.certificate ||
      X509_check_private_key(holder.certificate.get(), holder.key.get()) != 1)
    return std::nullopt;
  return holder;
}

std::string serial_of(const Holder& holder) {
  std::uint64_t serial = 0;
  MINBEN_ASSERT(
      ASN1_INTEGER_get_uint64(&serial, X509_get0_serialNumber(holder.certificate.get())) == 1);
  return fmt::format("{:x}", serial);
}

using Time = std::unique_ptr<ASN1_TIME, Freer<ASN1_TIME_free>>;

Time time_of(Instant at) {
  return Time(ASN1_TIME_set(nullptr, std::chrono::floor<seconds>(at).time_since_epoch().count()));
}

void add_revoked(X509_CRL* list, std::uint64_t serial, Instant at) {
  X509_REVOKED* entry = X509_REVOKED_new();
  ASN1_INTEGER* number = ASN1_INTEGER_new();
  ASN1_INTEGER_set_uint64(number, serial);
  X509_REVOKED_set_serialNumber(entry, number);
  ASN1_INTEGER_free(number);
  X509_REVOKED_set_revocationDate(entry, time_of(at).get());
  MINBEN_ASSERT(X509_CRL_add0_revoked(list, entry) == 1);
}

Result<Bytes> sign_with(EVP_PKEY* key, std::string_view data) {
  const std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  Bytes out;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size()) != 1)
    return fail(Kind::internal, "cannot_sign");
  out.resize(size);
  if (EVP_DigestSign(context.get(), out.data(), &size, bytes, data.size()) != 1)
    return fail(Kind::internal, "cannot_sign");
  out.resize(size);
  return out;
}

}  // namespace

struct People::Keys {
  fs::path directory;
  const Clock& clock;
  Holder authority;

  /// Another phone has another key, and nobody uses the old one any more.
  void discard(const std::string& number) const {
    const fs::path stem = directory / number;
    const auto old = load_holder(stem);
    if (!old) return;
    std::error_code error;
    fs::create_directories(directory / "revoked", error);
    fs::path certificate_file = stem, key_file = stem;
    certificate_file += ".pem";
    key_file += ".key.pem";
    fs::rename(certificate_file, directory / "revoked" / (serial_of(*old) + ".pem"), error);
    fs::remove(key_file, error);
  }
  Result<Holder> of(const Person& person) const {
    const fs::path stem = directory / person.number;
    if (auto known = load_holder(stem)) return std::move(*known);
    Holder made = make_person(person, authority, clock);
    MINBEN_CHECK(save(made, stem));
    return made;
  }
};

People::People() = default;
People::~People() = default;

Result<std::unique_ptr<People>> People::open(const fs::path& file, const fs::path& directory,
                                             const Clock& clock) {
  std::error_code error;
  fs::create_directories(directory, error);
  std::unique_ptr<People> people(new People());
  MINBEN_CHECK(people->load(file));
  auto authority = load_holder(directory / "authority");
  if (!authority) {
    authority = make_authority(clock);
    MINBEN_CHECK(save(*authority, directory / "authority"));
  }
  people->keys_.reset(new Keys{directory, clock, std::move(*authority)});
  const auto replay = [&](const Json& line) -> Result<void> {
    MINBEN_TRY(number, get_string(line, "number"));
    MINBEN_TRY(registered, get_bool(line, "registered"));
    if (registered) people->lost_.erase(number);
    else people->lost_.insert(number);
    return {};
  };
  MINBEN_TRY(journal, Journal::open(directory / "phones.jsonl", replay));
  people->journal_ = std::move(journal);
  return people;
}

Result<void> People::load(const fs::path& file) {
  std::ifstream in(file);
  if (!in) return fail(Kind::invalid, "no_people", "cannot be read", file.string());
  for (std::string text; std::getline(in, text);) {
    if (trim(text).empty()) continue;
    MINBEN_TRY(line, parse_json(text));
    MINBEN_TRY(number, get_string(line, "number"));
    const bool plain = number.size() >= 4 && std::ranges::all_of(number, [](char c) {
                         return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
                       });
    if (!plain) return fail(Kind::invalid, "bad_number", "capital letters and digits", number);
    people_[number] = {number, string_or(line, "name"), string_or(line, "household_number"),
                       string_or(line, "health_card")};
  }
  return {};
}

const Person* People::find(std::string_view number) const {
  const auto found = people_.find(number);
  return found == people_.end() ? nullptr : &found->second;
}

std::vector<Person> People::search(std::string_view text, std::size_t limit) const {
  std::vector<Person> out;
  for (const auto& [number, person] : people_) {
    if (out.size() == limit) break;
    if (number.starts_with(text) || person.name.starts_with(text)) out.push_back(person);
  }
  return out;
}

bool People::has_phone(std::string_view number) const {
  const std::lock_guard lock(mutex_);
  return people_.contains(number) && !lost_.contains(number);
}

Result<void> People::set_phone(const std::string& number, bool registered) {
  const std::lock_guard lock(mutex_);
  MINBEN_CHECK(journal_->append(JsonObject{{"number", number}, {"registered", registered}}));
  keys_->discard(number);
  if (registered) lost_.erase(number);
  else lost_.insert(number);
  return {};
}

Bytes People::list() const {
  const std::lock_guard lock(mutex_);
  const std::unique_ptr<X509_CRL, Freer<X509_CRL_free>> list(X509_CRL_new());
  const Instant now = keys_->clock.now();
  const Holder& authority = keys_->authority;
  X509_CRL_set_version(list.get(), X509_CRL_VERSION_2);
  X509_CRL_set_issuer_name(list.get(), X509_get_subject_name(authority.certificate.get()));
  X509_CRL_set1_lastUpdate(list.get(), time_of(now).get());
  X509_CRL_set1_nextUpdate(list.get(), time_of(now + days(1)).get());
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(keys_->directory / "revoked", none))
    add_revoked(list.get(), std::stoull(entry.path().stem().string(), nullptr, 16), now);
  // Grows with time, so that a restart needs no memory of it.
  ASN1_INTEGER* number = ASN1_INTEGER_new();
  ASN1_INTEGER_set_int64(number, std::chrono::floor<milliseconds>(now).time_since_epoch().count());
  MINBEN_ASSERT(X509_CRL_add1_ext_i2d(list.get(), NID_crl_number, number, 0, 0) == 1);
  ASN1_INTEGER_free(number);
  X509_CRL_sort(list.get());
  MINBEN_ASSERT(X509_CRL_sign(list.get(), authority.key.get(), EVP_sha256()) > 0);
  unsigned char* der = nullptr;
  const int size = i2d_X509_CRL(list.get(), &der);
  MINBEN_ASSERT(size > 0);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

Result<Signature> People::sign(const Person& person, std::string_view data) {
  const std::lock_guard lock(mutex_);
  MINBEN_TRY(holder, keys_->of(person));
  MINBEN_TRY(bytes, sign_with(holder.key.get(), data));
  unsigned char* der = nullptr;
  const int size = i2d_X509(holder.certificate.get(), &der);
  MINBEN_ASSERT(size > 0);
  Bytes certificate(der, der + size);
  OPENSSL_free(der);
  return Signature{std::move(bytes), std::move(certificate)};
}

}  // namespace outside::approval
