#pragma once
// Reading DER (X.690 §10) without copying: a cursor over bytes of somebody else. Private to trust.
#include <optional>

#include "trust/trust.hpp"

namespace minben::trust::der {

struct Element {
  std::uint8_t tag = 0;
  Octets content;
  Octets whole;  ///< with tag and length
};

/// One element after another. Tags of one byte, definite lengths in their shortest form, all inside
/// the bytes given: anything else ends it and is a fault.
class Reader {
 public:
  explicit Reader(Octets bytes) : rest_(bytes) {}
  /// Nothing at the end, and at what is not DER; fault() tells which.
  std::optional<Element> next();
  /// The next one when it has this tag. With another tag it stays where it is.
  std::optional<Element> next(std::uint8_t tag);
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] bool fault() const { return fault_; }
  [[nodiscard]] Octets rest() const { return rest_; }

 private:
  Octets rest_;
  bool fault_ = false;
};

/// The only element of these bytes, with this tag.
std::optional<Element> only(Octets bytes, std::uint8_t tag);
/// UTCTime or GeneralizedTime in the forms that RFC 5280 §4.1.2.5 leaves: whole seconds, Z.
std::optional<Instant> read_time(const Element& element);

}  // namespace minben::trust::der
