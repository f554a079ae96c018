#pragma once
// Strong identifiers: ids of different things do not mix, and none is a bare string or number.
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace minben {

class Clock;
class Random;

/// 128 bits as of RFC 9562. New ones are version 7: time-ordered, so that indexes stay dense.
struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};

Uuid new_uuid(const Clock& clock, Random& random);
std::string to_string(const Uuid& uuid);  ///< 36 characters, lower case
Result<Uuid> parse_uuid(std::string_view text);

/// `using CaseId = Id<struct CaseTag>;` The nil id means "none" and is never stored.
template <class Tag>
struct Id {
  Uuid value;

  static Id make(const Clock& clock, Random& random) { return {new_uuid(clock, random)}; }
  static Result<Id> parse(std::string_view text) {
    const auto uuid = parse_uuid(text);
    if (!uuid) return std::unexpected(uuid.error());
    return Id{*uuid};
  }
  [[nodiscard]] bool is_nil() const { return value == Uuid{}; }
  friend auto operator<=>(const Id&, const Id&) = default;
};
template <class Tag>
std::string to_string(const Id<Tag>& id) {
  return to_string(id.value);
}

/// A short code chosen by people ("nia", "gold-card"): [a-z0-9][a-z0-9._-]{0,63}.
template <class Tag>
struct Code {
  std::string value;

  static Result<Code> parse(std::string_view text);
  friend auto operator<=>(const Code&, const Code&) = default;
};
template <class Tag>
const std::string& to_string(const Code<Tag>& code) {
  return code.value;
}
bool is_code(std::string_view text);
template <class Tag>
Result<Code<Tag>> Code<Tag>::parse(std::string_view text) {
  if (!is_code(text))
    return fail(Kind::invalid, "not_a_code", "expected [a-z0-9][a-z0-9._-]{0,63}");
  return Code{std::string(text)};
}

using PersonId = Id<struct PersonTag>;        ///< a citizen or foreign resident; pseudonymous
using OfficerId = Id<struct OfficerTag>;      ///< somebody who works for an agency
using CaseId = Id<struct CaseTag>;            ///< one application and all that happens to it
using AgencyCode = Code<struct AgencyTag>;    ///< "nia", "wda", "boca", "ris", "nstc", "moda" …
using ServiceCode = Code<struct ServiceTag>;  ///< the folder of a service package, "gold-card"

}  // namespace minben

template <>
struct std::hash<minben::Uuid> {
  std::size_t operator()(const minben::Uuid& uuid) const noexcept;
};
template <class Tag>
struct std::hash<minben::Id<Tag>> {
  std::size_t operator()(const minben::Id<Tag>& id) const noexcept {
    return std::hash<minben::Uuid>{}(id.value);
  }
};
template <class Tag>
struct std::hash<minben::Code<Tag>> {
  std::size_t operator()(const minben::Code<Tag>& code) const noexcept {
    return std::hash<std::string>{}(code.value);
  }
};
