#pragma once
// Writing DER (X.690 §10): values nest as calls do. Private to trust.
#include <initializer_list>

#include "trust/trust.hpp"

namespace minben::trust::der {

enum Tag : std::uint8_t {
  integer = 0x02,
  octet_string = 0x04,
  utc_time = 0x17,
  generalized_time = 0x18,
  sequence = 0x30,
  set = 0x31,
  context0 = 0xa0,  ///< [0], constructed
};

/// Less than 2^24 bytes (asserted).
Bytes value(Tag tag, std::initializer_list<Octets> parts);
/// Tag, length and content, from the dotted text.
Bytes object_id(const char* dotted);
/// Whole seconds; UTCTime until 2049, GeneralizedTime from then on (RFC 5652 §11.3). The years 1970
/// to 9999 (asserted).
Bytes time(Instant at);

}  // namespace minben::trust::der
