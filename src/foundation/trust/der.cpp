#include "der.hpp"

#include "evp.hpp"

namespace minben::trust::der {

namespace {
void write_length(std::size_t length, Bytes& out) {
  MINBEN_ASSERT(length < (1u << 24));
  if (length < 0x80) return out.push_back(static_cast<std::uint8_t>(length));
  const int bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
  out.push_back(static_cast<std::uint8_t>(0x80 | bytes));
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out.push_back(static_cast<std::uint8_t>(length >> shift));
}
}  // namespace

Bytes value(Tag tag, std::initializer_list<Octets> parts) {
  std::size_t length = 0;
  for (const Octets part : parts) length += part.size();
  Bytes out;
  out.reserve(5 + length);
  out.push_back(tag);
  write_length(length, out);
  for (const Octets part : parts) out.insert(out.end(), part.begin(), part.end());
  return out;
}

Bytes object_id(const char* dotted) {
  const std::unique_ptr<ASN1_OBJECT, Freer<ASN1_OBJECT_free>> object(OBJ_txt2obj(dotted, 1));
  MINBEN_ASSERT(object != nullptr);
  Bytes out(static_cast<std::size_t>(i2d_ASN1_OBJECT(object.get(), nullptr)));
  unsigned char* at = out.data();
  MINBEN_ASSERT(i2d_ASN1_OBJECT(object.get(), &at) > 0);
  return out;
}

Bytes time(Instant at) {
  std::string digits = minben::to_string(Instant(std::chrono::floor<seconds>(at)));
  std::erase_if(digits, [](char c) {
    return c == '-' || c == ':' || c == 'T';
  });  // of "2026-11-23T04:05:06Z"
  MINBEN_ASSERT(digits.size() == 15 && digits >= "1970");
  if (digits < "2050") return value(utc_time, {as_bytes(digits).subspan(2)});
  return value(generalized_time, {as_bytes(digits)});
}

}  // namespace minben::trust::der
