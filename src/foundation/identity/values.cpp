#include "impl.hpp"

namespace minben::identity {

namespace {
constexpr std::size_t longest_email = 254;  // RFC 5321 §4.5.3.1.3
constexpr std::size_t longest_local_part = 64;
constexpr std::size_t longest_national_id = 20;
constexpr std::size_t wrapped_size = 1 + 8 + 12 + 32 + 16;  // trust.hpp, envelope encryption
constexpr std::uint8_t packed_version = 3;                  // a wrapped key begins with 02
constexpr std::size_t salt_size = 16;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// RFC 5321 Dot-string: atoms of RFC 5322 atext, in ASCII.
bool is_local_part(std::string_view text) {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~.";
  if (text.empty() || text.size() > longest_local_part) return false;
  if (text.starts_with('.') || text.ends_with('.') || text.contains("..")) return false;
  return std::ranges::all_of(
      text, [&](char c) { return is_digit(c) || is_letter(c) || others.contains(c); });
}

bool is_domain(std::string_view text) {
  if (text.empty()) return false;
  for (const std::string_view label : split(text, '.')) {
    if (label.empty() || label.size() > 63 || label.starts_with('-') || label.ends_with('-'))
      return false;
    if (!std::ranges::all_of(label, [](char c) { return is_digit(c) || is_letter(c) || c == '-'; }))
      return false;
  }
  return true;
}
}  // namespace

bool Officer::has_role(std::string_view role) const {
  return std::ranges::find(roles, role) != roles.end();
}

std::string subject_id(const Subject& subject) {
  return std::visit([](const auto& id) { return minben::to_string(id); }, subject);
}

std::string_view realm_name(Realm realm) { return realm == Realm::person ? "person" : "officer"; }
Realm read_realm(std::string_view name) {
  return name == "officer" ? Realm::officer : Realm::person;
}

Subject make_subject(Realm realm, const Uuid& id) {
  if (realm == Realm::person) return PersonId{id};
  return OfficerId{id};
}

Language read_language(std::string_view tag) {
  return tag == language_tag(Language::en) ? Language::en : Language::zh_hant;
}

Result<std::string> normal_email(std::string_view email) {
  const std::string normal = to_lower_ascii(trim(email));
  const auto at = normal.rfind('@');
  if (normal.size() > longest_email || at == std::string::npos ||
      !is_local_part(std::string_view(normal).substr(0, at)) ||
      !is_domain(std::string_view(normal).substr(at + 1)))
    return fail(Kind::invalid, "email", "not a mailbox", "email");
  return normal;
}

Result<std::string> normal_national_id(std::string_view national_id) {
  std::string normal(trim(national_id));
  for (char& c : normal) {
    if (!is_digit(c) && !is_letter(c))
      return fail(Kind::invalid, "national_id", "letters and digits only", "national_id");
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  if (normal.size() > longest_national_id)
    return fail(Kind::invalid, "national_id", "too long", "national_id");
  return normal;
}

namespace {
trust::DataKey parcel_key(const keys::Keys& keys, std::span<const std::uint8_t> salt) {
  return *trust::DataKey::from_bytes(hmac_sha256(keys.of(keys::Purpose::parcel).bytes(), salt));
}
}  // namespace

Bytes pack(const keys::Keys& keys, Random& random, std::string_view context,
           std::string_view plaintext) {
  Bytes parcel(1 + salt_size, packed_version);
  const auto salt = std::span(parcel).subspan(1);
  random.fill(salt);
  const auto sealed = trust::seal(parcel_key(keys, salt), as_bytes(plaintext), context, random);
  MINBEN_ASSERT(sealed.has_value());  // it fails only beyond 64 MiB
  parcel.insert(parcel.end(), sealed->begin(), sealed->end());
  return parcel;
}

Result<std::string> unpack(const keys::Keys& keys, std::string_view context,
                           std::span<const std::uint8_t> parcel) {
  const bool own_key = !parcel.empty() && parcel.front() == packed_version;
  const std::size_t head = own_key ? 1 + salt_size : wrapped_size;
  if (parcel.size() < head) return fail(Kind::internal, "not_openable", "too short");
  MINBEN_TRY(key, own_key ? Result<trust::DataKey>(parcel_key(keys, parcel.subspan(1, salt_size)))
                          : keys.unwrap(parcel.first(wrapped_size), context));
  MINBEN_TRY(plain, trust::open(key, parcel.subspan(head), context));
  return std::string(as_text(plain));
}

}  // namespace minben::identity
