#include "revocation_index.hpp"

#include <fstream>

#include <openssl/err.h>
#include <spdlog/spdlog.h>

#include "der.hpp"
#include "der_reader.hpp"
#include "x509.hpp"

namespace minben::trust {

using minben::to_string;  // instants, beside this room's own

namespace {

using der::Element;
using der::Reader;

constexpr auto clock_difference = minutes(5);
constexpr std::size_t longest_serial = 20;  // bytes, RFC 5280 §4.1.2.2
constexpr std::uint8_t boolean_tag = 0x01, enumerated_tag = 0x0a, bit_string_tag = 0x03;
// Content of the object identifiers in question, all below id-ce (2.5.29).
constexpr std::array<std::uint8_t, 3> crl_number{0x55, 0x1d, 20}, reason_code{0x55, 0x1d, 21},
    delta_indicator{0x55, 0x1d, 27}, issuing_point{0x55, 0x1d, 28};

std::unexpected<Error> not_a_list(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::invalid, "not_a_revocation_list", detail);
}
std::unexpected<Error> forged(std::string_view detail) {
  ERR_clear_error();
  return fail(Kind::forbidden, "revocation_list_forged", detail);
}

/// The bytes of a number without the zeros in front, of which DER has one where the first bit is 1.
Octets significant(Octets number) {
  while (!number.empty() && number.front() == 0) number = number.subspan(1);
  return number;
}

struct Extension {
  Octets id;
  bool critical = false;
  Octets value;
};

std::optional<Extension> read_extension(Octets bytes) {
  Reader reader(bytes);
  const auto id = reader.next(0x06);
  const auto critical = reader.next(boolean_tag);
  const auto value = reader.next(der::octet_string);
  if (!id || !value || !reader.at_end() || reader.fault()) return std::nullopt;
  return Extension{id->content, critical && !critical->content.empty() && critical->content[0] != 0,
                   value->content};
}

/// Calls `each` for every one of SEQUENCE OF Extension; false when something is no extension or
/// `each` says so.
template <class Each>
bool for_extensions(Octets list, Each&& each) {
  Reader reader(list);
  while (const auto element = reader.next(der::sequence)) {
    const auto extension = read_extension(element->content);
    if (!extension || !each(*extension)) return false;
  }
  return reader.at_end() && !reader.fault();
}

struct Entry {
  Octets serial;  ///< without zeros in front
  Instant at{};
  Octets extensions;
};

std::optional<Entry> read_entry(Octets bytes) {
  Reader reader(bytes);
  const auto serial = reader.next(der::integer);
  const auto time = serial ? reader.next() : std::nullopt;
  const auto at = time ? der::read_time(*time) : std::nullopt;
  const auto extensions = reader.next(der::sequence);
  if (!at || !reader.at_end() || reader.fault() || serial->content.empty()) return std::nullopt;
  const Octets digits = significant(serial->content);
  if (digits.size() > longest_serial) return std::nullopt;
  return Entry{digits, *at, extensions ? extensions->content : Octets()};
}

RevocationReason reason_of(const Entry& entry) {
  auto reason = RevocationReason::unspecified;
  for_extensions(entry.extensions, [&](const Extension& extension) {
    if (!std::ranges::equal(extension.id, reason_code)) return true;
    const auto coded = der::only(extension.value, enumerated_tag);
    if (!coded || coded->content.size() != 1) return true;
    for (const RevocationReason known :
         {RevocationReason::key_compromise, RevocationReason::affiliation_changed,
          RevocationReason::superseded, RevocationReason::cessation_of_operation})
      if (static_cast<int>(known) == coded->content[0]) reason = known;
    return true;
  });
  return reason;
}

/// FNV-1a. Whoever chose the serial numbers of the list is the authority, so that nobody else can
/// make them collide.
std::uint64_t hash_of(Octets serial) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::uint8_t byte : serial) hash = (hash ^ byte) * 0x100000001b3;
  return hash ^ (hash >> 29);
}

/// Hex digits without a heap; nothing when it is no serial number.
struct Digits {
  std::array<std::uint8_t, longest_serial + 1> bytes{};
  Octets digits;

  explicit Digits(std::string_view hex) {
    const auto value = [](char c) {
      if (c >= '0' && c <= '9') return c - '0';
      if (c >= 'a' && c <= 'f') return c - 'a' + 10;
      return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    };
    if (hex.empty() || hex.size() % 2 != 0 || hex.size() > 2 * bytes.size()) return;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
      const int high = value(hex[i]), low = value(hex[i + 1]);
      if (high < 0 || low < 0) return;
      bytes[i / 2] = static_cast<std::uint8_t>(high << 4 | low);
    }
    digits = significant(Octets(bytes).first(hex.size() / 2));
    valid = true;
  }
  bool valid = false;
};

}  // namespace

struct RevocationIndex::Parts {
  Bytes der;
  std::string issuer;
  Bytes issuer_der;
  Instant this_update{}, next_update{};
  Octets number;  ///< of cRLNumber, without zeros in front
  std::size_t count = 0;
  /// Open addressing, half empty at least. An entry of the list is found by where it begins in
  /// `der`.
  struct Slot {
    std::uint32_t tag = 0;  ///< the hash's upper half: most others are known without a look
    std::uint32_t at = 0;   ///< 0: nothing here
  };
  std::vector<Slot> slots;

  Result<void> read();
  Result<void> read_times(Reader& tbs);
  Result<void> read_extensions(Octets list);
  Result<void> index(Octets entries);
  void put(Octets serial, std::size_t at);
  [[nodiscard]] std::optional<Entry> find(Octets serial) const;
  Result<void> check_signature(const Certificate& by) const;
};

Result<void> RevocationIndex::Parts::read() {
  if (der.size() > max_indexed_list) return not_a_list("too long");
  const auto list = der::only(der, der::sequence);
  Reader parts(list ? list->content : Octets());
  const auto tbs = parts.next(der::sequence);
  const auto algorithm = parts.next(der::sequence);
  const auto signature = parts.next(bit_string_tag);
  if (!tbs || !algorithm || !signature || !parts.at_end())
    return not_a_list("not one DER CertificateList");
  Reader reader(tbs->content);
  const auto version = reader.next(der::integer);
  if (!version || version->content.size() != 1 || version->content[0] != 1)
    return not_a_list("not of version 2");
  const auto inner = reader.next(der::sequence);
  // RFC 5280 §5.1.1.2: what is signed says by which algorithm.
  if (!inner || !std::ranges::equal(inner->whole, algorithm->whole))
    return not_a_list("its algorithm is not the signed one");
  const auto name = reader.next(der::sequence);
  if (!name) return not_a_list("no issuer");
  const unsigned char* at = name->whole.data();
  const std::unique_ptr<X509_NAME, Freer<X509_NAME_free>> parsed(
      d2i_X509_NAME(nullptr, &at, static_cast<long>(name->whole.size())));
  if (!parsed) return not_a_list("its issuer cannot be read");
  issuer = name_text(parsed.get());
  issuer_der.assign(name->whole.begin(), name->whole.end());
  MINBEN_CHECK(read_times(reader));
  const auto entries = reader.next(der::sequence);
  if (const auto extensions = reader.next(der::context0)) {
    const auto all = der::only(extensions->content, der::sequence);
    if (!all) return not_a_list("its extensions cannot be read");
    MINBEN_CHECK(read_extensions(all->content));
  }
  if (!reader.at_end() || reader.fault()) return not_a_list("something is behind its end");
  return index(entries ? entries->content : Octets());
}

Result<void> RevocationIndex::Parts::read_times(Reader& tbs) {
  const auto first = tbs.next();
  const auto second = first ? tbs.next() : std::nullopt;
  const auto from = first ? der::read_time(*first) : std::nullopt;
  const auto until = second ? der::read_time(*second) : std::nullopt;
  if (!from || !until) return not_a_list("its times cannot be read");
  this_update = *from;
  next_update = *until;
  return {};
}

Result<void> RevocationIndex::Parts::read_extensions(Octets list) {
  bool partial = false, odd = false;
  const bool readable = for_extensions(list, [&](const Extension& extension) {
    partial |= extension.critical || std::ranges::equal(extension.id, delta_indicator) ||
               std::ranges::equal(extension.id, issuing_point);
    if (!std::ranges::equal(extension.id, crl_number)) return true;
    const auto value = der::only(extension.value, der::integer);
    odd |= !value || value->content.empty() || (value->content[0] & 0x80) != 0 ||
           significant(value->content).size() > longest_serial;
    if (value) number = significant(value->content);
    return true;
  });
  if (!readable) return not_a_list("its extensions cannot be read");
  if (odd) return not_a_list("its number cannot be read");
  if (partial) return not_a_list("it covers a part of the certificates only");
  return {};
}

Result<void> RevocationIndex::Parts::index(Octets entries) {
  // Entries have 20 bytes or more, so this is about the right size at once.
  slots.resize(std::bit_ceil(std::min(entries.size() / 16, 2 * max_indexed) + 16));
  Reader reader(entries);
  while (const auto element = reader.next(der::sequence)) {
    const auto entry = read_entry(element->content);
    if (!entry) return not_a_list("one of its entries cannot be read");
    const bool plain =
        for_extensions(entry->extensions, [](const Extension& each) { return !each.critical; });
    if (!plain) return not_a_list("it tells of other issuers' certificates");
    if (++count > max_indexed || count * 2 > slots.size()) return not_a_list("too many entries");
    put(entry->serial, static_cast<std::size_t>(element->whole.data() - der.data()));
  }
  if (!reader.at_end() || reader.fault()) return not_a_list("one of its entries cannot be read");
  return {};
}

void RevocationIndex::Parts::put(Octets serial, std::size_t at) {
  const std::uint64_t hash = hash_of(serial);
  const std::size_t mask = slots.size() - 1;
  std::size_t place = hash & mask;
  while (slots[place].at != 0) place = (place + 1) & mask;
  slots[place] = {static_cast<std::uint32_t>(hash >> 32), static_cast<std::uint32_t>(at)};
}

std::optional<Entry> RevocationIndex::Parts::find(Octets serial) const {
  const std::uint64_t hash = hash_of(serial);
  const std::size_t mask = slots.size() - 1;
  for (std::size_t place = hash & mask; slots[place].at != 0; place = (place + 1) & mask) {
    if (slots[place].tag != static_cast<std::uint32_t>(hash >> 32)) continue;
    const auto element = Reader(Octets(der).subspan(slots[place].at)).next();
    auto entry = element ? read_entry(element->content) : std::nullopt;
    if (entry && std::ranges::equal(entry->serial, serial)) return entry;
  }
  return std::nullopt;
}

namespace {

struct Algorithm {
  const EVP_MD* digest = nullptr;  ///< nullptr: the signature has its own (Ed25519)
  const char* key = "";            ///< OpenSSL's name of the keys that make it
};

/// Nothing when it is unknown, or weaker than SHA-256.
std::optional<Algorithm> read_algorithm(Octets whole) {
  const unsigned char* at = whole.data();
  const std::unique_ptr<X509_ALGOR, Freer<X509_ALGOR_free>> parsed(
      d2i_X509_ALGOR(nullptr, &at, static_cast<long>(whole.size())));
  if (!parsed) return std::nullopt;
  switch (OBJ_obj2nid(parsed->algorithm)) {
    case NID_sha256WithRSAEncryption:
      return Algorithm{EVP_sha256(), "RSA"};
    case NID_sha384WithRSAEncryption:
      return Algorithm{EVP_sha384(), "RSA"};
    case NID_sha512WithRSAEncryption:
      return Algorithm{EVP_sha512(), "RSA"};
    case NID_ecdsa_with_SHA256:
      return Algorithm{EVP_sha256(), "EC"};
    case NID_ecdsa_with_SHA384:
      return Algorithm{EVP_sha384(), "EC"};
    case NID_ED25519:
      return Algorithm{nullptr, "ED25519"};
    default:
      return std::nullopt;
  }
}

}  // namespace

/// Of a list that was read: its parts are there.
Result<void> RevocationIndex::Parts::check_signature(const Certificate& by) const {
  MINBEN_TRY(certificate, parse_authority(by.der));
  if (issuer_der != encoded<i2d_X509_NAME>(X509_get_subject_name(certificate.get())))
    return forged("it is of another authority");
  if ((X509_get_key_usage(certificate.get()) & KU_CRL_SIGN) == 0)
    return forged("this authority may not sign lists");
  Reader parts(der::only(der, der::sequence)->content);
  const auto tbs = parts.next(), algorithm = parts.next(), signature = parts.next();
  const auto known = read_algorithm(algorithm->whole);
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (!known || EVP_PKEY_is_a(key, known->key) != 1)
    return forged("its algorithm is unknown, too weak, or of another key");
  const Octets bits = signature->content;
  if (bits.empty() || bits[0] != 0) return forged("its signature is not whole bytes");
  const MdContext context(EVP_MD_CTX_new());
  const bool good =
      EVP_DigestVerifyInit(context.get(), nullptr, known->digest, nullptr, key) == 1 &&
      EVP_DigestVerify(context.get(), bits.data() + 1, bits.size() - 1, tbs->whole.data(),
                       tbs->whole.size()) == 1;
  return good ? Result<void>() : forged("not signed by this authority");
}

Result<RevocationIndex> RevocationIndex::make(Bytes der, const Certificate& issuer) {
  auto parts = std::make_shared<Parts>();
  parts->der = std::move(der);
  MINBEN_CHECK(parts->read());
  MINBEN_CHECK(parts->check_signature(issuer));
  return RevocationIndex(std::move(parts));
}

std::optional<Revoked> RevocationIndex::find(std::string_view serial) const {
  const Digits asked(serial);
  const auto entry = asked.valid ? parts_->find(asked.digits) : std::nullopt;
  if (!entry) return std::nullopt;
  return Revoked{std::string(serial), entry->at, reason_of(*entry)};
}

Result<void> RevocationIndex::check_current(Instant now) const {
  if (now >= parts_->next_update)
    return fail(Kind::forbidden, "revocation_list_expired",
                fmt::format("the list of {} ended at {}", issuer(), to_string(next_update())));
  if (now + clock_difference < parts_->this_update)
    return fail(Kind::forbidden, "revocation_list_not_yet_valid", to_string(this_update()));
  return {};
}

std::size_t RevocationIndex::size() const { return parts_->count; }
Instant RevocationIndex::this_update() const { return parts_->this_update; }
Instant RevocationIndex::next_update() const { return parts_->next_update; }
const std::string& RevocationIndex::issuer() const { return parts_->issuer; }
Octets RevocationIndex::der() const { return parts_->der; }

bool RevocationIndex::newer_than(const RevocationIndex& other) const {
  const Octets mine = parts_->number, theirs = other.parts_->number;
  if (mine.size() != theirs.size()) return mine.size() > theirs.size();
  if (!std::ranges::equal(mine, theirs)) return std::ranges::lexicographical_compare(theirs, mine);
  return this_update() > other.this_update();
}

// -------------------------------------------------------------------------------------- kept

namespace {

std::optional<Bytes> read_list(const std::filesystem::path& file) {
  std::error_code error;
  const auto size = std::filesystem::file_size(file, error);
  if (error || size > max_indexed_list) return std::nullopt;
  Bytes content(size);
  std::ifstream in(file, std::ios::binary);
  in.read(reinterpret_cast<char*>(content.data()), static_cast<std::streamsize>(size));
  if (!in) return std::nullopt;
  return content;
}

}  // namespace

Result<std::unique_ptr<KeptList>> KeptList::open(std::filesystem::path file, Certificate issuer) {
  MINBEN_CHECK(parse_authority(issuer.der));
  std::unique_ptr<KeptList> kept(new KeptList(std::move(file), std::move(issuer)));
  auto content = read_list(kept->file_);
  if (!content) return kept;
  auto index = RevocationIndex::make(std::move(*content), kept->issuer_);
  if (index) kept->list_.store(std::make_shared<const RevocationIndex>(std::move(*index)));
  else
    spdlog::warn("the kept list of revoked certificates is not used: {}", describe(index.error()));
  return kept;
}

Result<void> KeptList::replace(Bytes der, Instant now) {
  MINBEN_TRY(next, RevocationIndex::make(std::move(der), issuer_));
  MINBEN_CHECK(next.check_current(now));
  const std::lock_guard lock(replacing_);
  const auto present = list_.load();
  if (present && std::ranges::equal(present->der(), next.der())) return {};
  if (present && !next.newer_than(*present))
    return fail(Kind::forbidden, "revocation_list_older",
                "not after the one of " + to_string(present->this_update()));
  MINBEN_CHECK(write_secret_file(file_, as_text(next.der())));
  list_.store(std::make_shared<const RevocationIndex>(std::move(next)));
  return {};
}

}  // namespace minben::trust
