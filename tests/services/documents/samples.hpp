#pragma once
// Small sound files, made byte by byte, that the tests then damage.
#include <zlib.h>

#include <string>
#include <string_view>

namespace minben::documents::samples {

inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift);
  return out;
}

inline std::string png_chunk(std::string_view type, std::string_view data) {
  const std::string body = std::string(type) + std::string(data);
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return big_endian(static_cast<std::uint32_t>(data.size()), 4) + body +
         big_endian(static_cast<std::uint32_t>(crc), 4);
}

inline std::string png(std::uint32_t width = 400, std::uint32_t height = 500) {
  const std::string header =
      big_endian(width, 4) + big_endian(height, 4) + std::string("\x01\0\0\0\0", 5);
  return std::string("\x89PNG\r\n\x1a\n", 8) + png_chunk("IHDR", header) +
         png_chunk("IDAT", "not decoded here") + png_chunk("IEND", "");
}

inline std::string jpeg_segment(char marker, std::string_view data) {
  return std::string("\xff") + marker + big_endian(static_cast<std::uint32_t>(data.size() + 2), 2) +
         std::string(data);
}

inline std::string jpeg(std::uint32_t width = 400, std::uint32_t height = 500) {
  const std::string frame = std::string("\x08", 1) + big_endian(height, 2) + big_endian(width, 2) +
                            std::string("\x01\x01\x11\x00", 4);
  const std::string scan("\x01\x01\x00\x00\x3f\x00", 6);
  const std::string entropy("\x12\x34\xff\x00\x56\xff\xd0\x78", 8);  // with stuffing and a restart
  return "\xff\xd8" + jpeg_segment('\xe0', std::string("JFIF\0\x01\x01\0\0\x01\0\x01\0\0", 14)) +
         jpeg_segment('\xc0', frame) + jpeg_segment('\xda', scan) + entropy + "\xff\xd9";
}

/// Objects are put behind each other with a right cross-reference table.
inline std::string pdf(const std::string& extra_object = {},
                       const std::string& trailer_extra = {}) {
  std::string out = "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n";
  out += "1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n";
  out += "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n";
  out +=
      "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>\nendobj\n";
  out += "4 0 obj\n<< /Length 24 >>\nstream\nBT (\\(brackets\\)) Tj ET  \nendstream\nendobj\n";
  out += extra_object;
  const std::size_t table = out.size();
  out +=
      "xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 5 /Root 1 0 R " + trailer_extra + ">>\n";
  return out + "startxref\n" + std::to_string(table) + "\n%%EOF\n";
}

inline std::string deflated(std::string_view plain) {
  std::string out(compressBound(static_cast<uLong>(plain.size())), '\0');
  auto size = static_cast<uLongf>(out.size());
  compress(reinterpret_cast<Bytef*>(out.data()), &size,
           reinterpret_cast<const Bytef*>(plain.data()), static_cast<uLong>(plain.size()));
  out.resize(size);
  return out;
}

inline std::string object_stream(std::string_view plain) {
  return "5 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Extra << /A 1 >> /Filter /FlateDecode "
         ">>\nstream\n" +
         deflated(plain) + "\nendstream\nendobj\n";
}

}  // namespace minben::documents::samples
