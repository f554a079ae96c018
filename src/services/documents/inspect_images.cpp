// PNG (ISO/IEC 15948) and JPEG (ITU-T T.81) by their structure.
#include <zlib.h>

#include "inspect_kinds.hpp"

namespace minben::documents {

namespace {

std::unexpected<Error> truncated() { return fail(Kind::invalid, "file_truncated"); }
std::unexpected<Error> damaged(std::string_view why) {
  return fail(Kind::invalid, "file_damaged", why);
}

struct Chunk {
  std::string_view type;
  Octets data;
};

/// PNG §5.3: length, type, data, CRC over type and data. Advances `content`.
Result<Chunk> next_chunk(Octets& content) {
  if (content.size() < 12) return truncated();
  const std::size_t length = big_endian_32(content);
  if (length > content.size() - 12) return truncated();
  const Chunk chunk{as_text(content.subspan(4, 4)), content.subspan(8, length)};
  const auto crc = crc32(0, content.data() + 4, static_cast<uInt>(length + 4));
  if (crc != big_endian_32(content.subspan(8 + length)))
    return damaged("a chunk's checksum differs");
  content = content.subspan(length + 12);
  return chunk;
}

/// Markers without a segment: TEM and RST0 … RST7 (T.81 table B.1).
bool stands_alone(std::uint8_t marker) {
  return marker == 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

/// SOF0 … SOF15 without DHT (C4), JPG (C8) and DAC (CC).
bool is_frame(std::uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

/// Skips entropy-coded data up to the next marker that is neither stuffing nor a restart.
std::size_t skip_scan(Octets content, std::size_t at) {
  for (; at + 1 < content.size(); ++at) {
    if (content[at] != 0xff) continue;
    const std::uint8_t next = content[at + 1];
    if (next != 0x00 && next != 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return content.size();
}

class JpegWalk {
 public:
  JpegWalk(Octets content, const Limits& limits) : content_(content), limits_(limits) {}

  Result<Inspection> run() {
    std::size_t at = 2;  // behind SOI
    while (true) {
      MINBEN_TRY(marker, next_marker(at));
      if (marker == 0xd9) return finish();
      if (stands_alone(marker)) continue;
      MINBEN_CHECK(segment(marker, at));
    }
  }

 private:
  Result<std::uint8_t> next_marker(std::size_t& at) const {
    if (at >= content_.size()) return truncated();
    if (content_[at] != 0xff) return damaged("no marker where one must be");
    while (at < content_.size() && content_[at] == 0xff) ++at;  // fill bytes, T.81 B.1.1.2
    if (at >= content_.size()) return truncated();
    return content_[at++];
  }

  Result<void> segment(std::uint8_t marker, std::size_t& at) {
    if (content_.size() - at < 2) return truncated();
    const std::size_t length = big_endian_16(content_.subspan(at));
    if (length < 2) return damaged("a segment shorter than its length");
    if (length > content_.size() - at) return truncated();
    const Octets data = content_.subspan(at + 2, length - 2);
    at += length;
    if (is_frame(marker)) return frame(data);
    if (marker == 0xda) {
      if (!size_) return damaged("a scan before its frame");
      scanned_ = true;
      at = skip_scan(content_, at);
      if (at >= content_.size()) return truncated();
    }
    return {};
  }

  Result<void> frame(Octets data) {
    if (data.size() < 6 || size_) return damaged("a bad frame header");
    MINBEN_TRY(size, check_size(Type::jpeg, big_endian_16(data.subspan(3)),
                                big_endian_16(data.subspan(1)), limits_));
    size_ = size;
    return {};
  }

  Result<Inspection> finish() const {
    if (!size_ || !scanned_) return damaged("an image without data");
    return *size_;
  }

  Octets content_;
  const Limits& limits_;
  std::optional<Inspection> size_;
  bool scanned_ = false;
};

}  // namespace

Result<Inspection> inspect_png(Octets content, const Limits& limits) {
  content = content.subspan(8);
  MINBEN_TRY(header, next_chunk(content));
  if (header.type != "IHDR" || header.data.size() != 13) return damaged("no image header");
  MINBEN_TRY(size, check_size(Type::png, big_endian_32(header.data),
                              big_endian_32(header.data.subspan(4)), limits));
  bool has_data = false;
  while (true) {
    MINBEN_TRY(chunk, next_chunk(content));
    if (chunk.type == "IDAT") has_data = true;
    if (chunk.type == "IEND") break;
  }
  if (!has_data) return damaged("an image without data");
  if (!content.empty()) return damaged("something follows the image");
  return size;
}

/// What follows the end of the image is let through: some telephones append a preview or a film.
Result<Inspection> inspect_jpeg(Octets content, const Limits& limits) {
  return JpegWalk(content, limits).run();
}

}  // namespace minben::documents
